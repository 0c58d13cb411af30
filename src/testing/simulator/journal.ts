import { closeSync, existsSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Digest } from '../../vocabulary/index.ts';

/** One effect that happened in a simulated system: the ground truth that effects and ledger are reconciled with. */
export interface JournalLine {
  /** Position in this system's journal, from 1. */
  readonly seq: number;
  /** RFC 3339, by the simulator's own clock. */
  readonly at: string;
  readonly system: string;
  readonly collection: string;
  readonly action: 'create' | 'put' | 'withdraw';
  /** The `Idempotency-Key` header. */
  readonly key: string | null;
  /** The `Reeve-Reference` header. */
  readonly reference: string | null;
  readonly id: string;
  /** Of the body's bytes as they arrived. */
  readonly digest: Digest;
  readonly bytes: number;
  /** Digest of the `Authorization` header, which itself is written nowhere. */
  readonly authorization: Digest | null;
}

/** An append-only file of one system's effects. */
export interface Journal {
  /** Writes one line; on return the operating system has it, and a crash of this process cannot take it back. */
  append(line: Omit<JournalLine, 'seq'>): void;
  close(): void;
}

/** Opens the journal at `path`, first giving each of its lines to `replay`. A last line that a crash cut off is removed. */
export async function openJournal(path: string, replay: (line: JournalLine) => void): Promise<Journal> {
  let seq = 0;
  if (existsSync(path)) removeTornLine(path);
  for await (const line of readJournal(path)) {
    seq = line.seq;
    replay(line);
  }
  const file = openSync(path, 'a');
  return {
    append: (line) => {
      writeSync(file, `${JSON.stringify({ seq: ++seq, ...line })}\n`);
    },
    close: () => closeSync(file),
  };
}

/** The lines of a journal from the first; also while it is being written. Nothing when there is no such file. */
export async function* readJournal(path: string): AsyncGenerator<JournalLine> {
  if (!existsSync(path)) return;
  const file = await open(path);
  try {
    const size = wholeLines(file.fd);
    if (size === 0) return;
    for await (const line of file.readLines({ start: 0, end: size - 1, autoClose: false })) {
      yield JSON.parse(line) as JournalLine;
    }
  } finally {
    await file.close();
  }
}

function removeTornLine(path: string): void {
  const file = openSync(path, 'r+');
  try {
    const size = wholeLines(file);
    if (size < fstatSync(file).size) ftruncateSync(file, size);
  } finally {
    closeSync(file);
  }
}

/** Size of the file up to and with its last line feed, in bytes. */
function wholeLines(file: number): number {
  const chunk = Buffer.alloc(4096);
  let end = fstatSync(file).size;
  while (end > 0) {
    const start = Math.max(0, end - chunk.length);
    const length = readSync(file, chunk, 0, end - start, start);
    const at = chunk.subarray(0, length).lastIndexOf(10);
    if (at >= 0) return start + at + 1;
    end = start;
  }
  return 0;
}
