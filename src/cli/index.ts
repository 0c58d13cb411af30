/**
 * The command line, `reeve`: one file per command in `commands/`, `start/` for what a start does.
 *
 * Owns: how people and programs on a terminal are spoken to, exit codes, and the file by which a running platform is found.
 * Commands on a running platform are clients of its HTTP API, like anyone else; those that need none run by themselves.
 * Run by `main.ts`; the rest of the code does not call it. Tests and proofs may.
 */
export { ASKS } from './asks.ts';
export { runCli } from './cli.ts';
export { program } from './program.ts';
export type { StartReport } from './start/report.ts';
