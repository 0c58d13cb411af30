/**
 * `reeve`: one file per command in `commands/`, `program.ts` lists them, `cli.ts` runs one and explains what goes wrong.
 *
 * Owns: nothing; it starts a platform (`start`) or speaks to the one that runs, as a client of its API. Entered by `bin/reeve.mjs`.
 */
import { program, runCli } from './index.ts';

// `reeve run list | head` ends us early, and that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await runCli(process.argv.slice(2), process, program);
