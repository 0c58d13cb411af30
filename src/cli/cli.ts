import { Command, CommanderError } from 'commander';
import { isFault, Misuse } from '../vocabulary/index.ts';
import { printable } from './printable.ts';
import { EXIT, openSession, type Exit, type GlobalOptions, type Session, type Streams } from './session.ts';
import type { SettingName } from '../host/index.ts';

/** What commands are made with: it opens their session and keeps how they ended. */
export interface Cli {
  readonly streams: Streams;
  /** A command's action: opens a session, runs, and keeps the exit code (0 when none is returned). */
  run(
    command: Command,
    act: (session: Session) => Promise<Exit | void> | Exit | void,
    settings?: Readonly<Partial<Record<SettingName, string | number>>>,
  ): Promise<void>;
}

/**
 * Runs one command line (without `node` and the script) and returns its exit code. Never throws: what goes wrong is one line
 * `reeve: ...` and, when there is one, a line `fix: ...` on stderr; with `--json` also `{"error"}` on stdout.
 */
export async function runCli(args: readonly string[], streams: Streams, build: (cli: Cli) => Command): Promise<Exit> {
  let exit: Exit = EXIT.ok;
  const program = build({
    streams,
    async run(command, act, settings) {
      exit = (await act(openSession(command, streams, settings))) ?? EXIT.ok;
    },
  });
  takeOver(program, streams);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exit;
  } catch (error) {
    // Help and version end by an "error" whose code is 0.
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
    // A group without one of its commands: its help has been printed, and says all there is to say.
    if (error instanceof CommanderError && error.code === 'commander.help') return EXIT.misuse;
    const { json = false, debug = false } = globalOptions(program, args);
    return explain(error, streams, { json, debug });
  }
}

/** Commander ends the process and prints by itself, unless every command of the tree is told not to. */
function takeOver(command: Command, streams: Streams): void {
  command.exitOverride();
  command.configureOutput({
    writeOut: (text) => void streams.stdout.write(text),
    writeErr: (text) => void streams.stderr.write(text),
    // Errors are printed in one place: by `explain`.
    outputError: () => {},
    getOutHelpWidth: () => streams.stdout.columns ?? 100,
    getErrHelpWidth: () => streams.stderr.columns ?? 100,
  });
  command.configureHelp({ showGlobalOptions: true, sortSubcommands: false });
  for (const child of command.commands) takeOver(child, streams);
}

function globalOptions(program: Command, args: readonly string[]): GlobalOptions {
  // Parsing may have ended before it came to them.
  return { ...program.opts<GlobalOptions>(), ...(args.includes('--json') && { json: true }) };
}

function explain(error: unknown, streams: Streams, { json, debug }: { json: boolean; debug: boolean }): Exit {
  const { message, fix, code, exit } = described(error);
  streams.stderr.write(`reeve: ${message}\n`);
  if (fix !== undefined) streams.stderr.write(`fix: ${fix}\n`);
  if (debug && error instanceof Error) streams.stderr.write(`${error.stack ?? ''}\n`);
  if (json)
    streams.stdout.write(`${JSON.stringify({ error: { code, message, ...(fix !== undefined && { fix }) } })}\n`);
  return exit;
}

interface Described {
  readonly message: string;
  readonly fix: string | undefined;
  readonly code: string;
  readonly exit: Exit;
}

function described(error: unknown): Described {
  if (error instanceof CommanderError) {
    // `error: unknown command 'stat'\n(Did you mean start?)`
    const [first = '', ...hints] = error.message.replace(/^error: /, '').split('\n');
    const hint = hints
      .map((line) => line.replace(/^\(Did you mean (one of )?(.*)\?\)$/, 'did you mean `$2`?'))
      .join(' ');
    const fix = hint === '' ? 'see `reeve --help`, or `--help` of the command' : hint.replaceAll(', ', '`, `');
    return { message: quoted(first), fix, code: error.code, exit: EXIT.misuse };
  }
  if (isFault(error)) {
    const exit = error instanceof Misuse ? EXIT.misuse : EXIT.failed;
    return { message: oneLine(error.message), fix: error.fix && oneLine(error.fix), code: error.code, exit };
  }
  const message = error instanceof Error ? error.message : String(error);
  return {
    message: `this is a bug: ${oneLine(message)}`,
    fix: 'run it again with `--debug` and report what it prints',
    code: 'internal',
    exit: EXIT.failed,
  };
}

/** Commander quotes with '...'; we quote the user's words in backticks, and a cause comes after a colon. */
function quoted(text: string): string {
  return text.replaceAll(/'([^']*)'/g, '`$1`').replace(/ is invalid\. /, ' is invalid: ');
}

function oneLine(text: string): string {
  return printable(text.replaceAll(/\s*\n\s*/g, '; '));
}
