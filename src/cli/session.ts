import type { Writable } from 'node:stream';
import type { Command } from 'commander';
import { readConfig, type Config, type SettingName } from '../host/index.ts';
import { paintFor, type Paint } from './paint.ts';

/** Exit codes, the same for every command. */
export const EXIT = { ok: 0, failed: 1, misuse: 2, interrupted: 130 } as const;
export type Exit = (typeof EXIT)[keyof typeof EXIT];

/** The streams of this process, or of a test. */
export interface Streams {
  readonly stdout: Stream;
  readonly stderr: Stream;
  readonly stdin: NodeJS.ReadableStream;
}
type Stream = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** What a command is given: settings, and the two ways to speak. */
export interface Session {
  readonly config: Config;
  readonly json: boolean;
  readonly paint: Paint;
  /** Columns of the terminal, when there is one. */
  readonly width: number | undefined;
  /** True when stderr is a terminal on which lines can be drawn again. */
  readonly live: boolean;
  readonly streams: Streams;
  /** The answer: JSON on one line with `--json`, otherwise what `human` makes, line by line. */
  answer(value: unknown, human: () => readonly string[]): void;
  /** Progress and asides; never mixed with the answer. */
  note(line: string): void;
}

/** Options that every command knows. */
export interface GlobalOptions {
  readonly dataDir?: string;
  readonly json?: boolean;
  readonly debug?: boolean;
  readonly token?: string;
}

/**
 * Opens a session for a command from its options. `settings` are further settings that the command line gives.
 *
 * @throws Misuse `bad-config`.
 */
export function openSession(
  command: Command,
  streams: Streams,
  settings: Readonly<Partial<Record<SettingName, string | number>>> = {},
): Session {
  const options = command.optsWithGlobals<GlobalOptions>();
  const config = readConfig(undefined, {
    ...(options.dataDir !== undefined && { dataDir: options.dataDir }),
    ...(options.token !== undefined && { token: options.token }),
    ...settings,
  });
  const json = options.json === true;
  const write = (stream: Writable, line: string) => void stream.write(`${line}\n`);
  return {
    config,
    json,
    paint: paintFor(config.color, streams.stdout.isTTY === true && !json),
    width: streams.stdout.isTTY === true ? streams.stdout.columns : undefined,
    live: streams.stderr.isTTY === true,
    streams,
    answer(value, human) {
      if (json) write(streams.stdout, JSON.stringify(value));
      else for (const line of human()) write(streams.stdout, line);
    },
    note: (line) => write(streams.stderr, line),
  };
}
