import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../vocabulary/index.ts';
import { readCheckpoint, type Checkpoint } from './checkpoint.ts';
import { sameBytes } from './hash.ts';
import { verifyConsistency } from './merkle-proof.ts';
import { readVerifierKey, type NoteVerifier } from './signed-note.ts';

/** Somebody outside the database who remembers what the log said. */
export interface Witness {
  /** The last checkpoint it took, or null. */
  last(): Checkpoint | null;
  /** Takes a checkpoint that goes on from the last one, as `proof` shows, and keeps it for ever; otherwise says why not. */
  take(checkpoint: Checkpoint, proof: readonly Uint8Array[]): Promise<Taken>;
}

export type Taken = { readonly ok: true } | { readonly ok: false; readonly why: string };

/** What a witness file holds. */
export interface Witnessed {
  readonly checkpoints: readonly Checkpoint[];
  /** Lines that are no checkpoint of this key, counted from 1: torn by a crash, or tampered with. */
  readonly damaged: readonly number[];
}

/**
 * A witness that is a file: one JSON line for each checkpoint, appended and flushed before it answers, never rewritten. It
 * is as good as the place where it lies; copy it to where the ledger's administrator cannot write.
 *
 * INVARIANT (witness-never-forgets): a checkpoint that contradicts the last one is refused: smaller, of the same size with
 * another root, or larger without proof that it contains the old one.
 */
export async function openFileWitness(options: {
  readonly path: string;
  readonly vkey: string;
  readonly clock: Clock;
}): Promise<Witness> {
  const key = readVerifierKey(options.vkey);
  if (key === null) throw new TypeError(`\`${options.vkey}\` is no verifier key`);
  await mkdir(dirname(options.path), { recursive: true });
  const text = await readFile(options.path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  let last = readWitnessed(text, key).checkpoints.reduce<Checkpoint | null>(larger, null);
  // A line torn by a crash is closed off, not repaired: nothing that was written is changed.
  if (text !== '' && !text.endsWith('\n')) await append(options.path, '\n');
  return {
    last: () => last,
    async take(checkpoint, proof) {
      const read = readCheckpoint(checkpoint.note, key);
      if (!read.ok) return { ok: false, why: `the witness refuses the checkpoint: ${read.why}` };
      const { size, root } = read.checkpoint;
      const why = last && contradiction(last, size, root, proof);
      if (why) return { ok: false, why };
      if (last?.size === size) return { ok: true };
      const at = new Date(options.clock.now()).toISOString();
      await append(options.path, `${JSON.stringify({ at, checkpoint: checkpoint.note })}\n`);
      last = read.checkpoint;
      return { ok: true };
    },
  };
}

/** Reads the text of a witness file. Never throws. */
export function readWitnessed(text: string, key: NoteVerifier): Witnessed {
  const checkpoints: Checkpoint[] = [];
  const damaged: number[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    if (line === '') continue;
    const read = readCheckpoint(noteIn(line), key);
    if (read.ok) checkpoints.push(read.checkpoint);
    else damaged.push(i + 1);
  }
  return { checkpoints, damaged };
}

function noteIn(line: string): string {
  try {
    const value = JSON.parse(line) as { checkpoint?: unknown } | null;
    return typeof value?.checkpoint === 'string' ? value.checkpoint : '';
  } catch {
    return '';
  }
}

function contradiction(last: Checkpoint, size: number, root: Uint8Array, proof: readonly Uint8Array[]): string | null {
  if (size < last.size) return `the witness saw ${last.size} entries, and is now shown ${size}`;
  if (size === last.size) {
    return sameBytes(root, last.root) ? null : `the witness saw another root at ${size} entries`;
  }
  if (last.size === 0 || verifyConsistency(last.size, size, proof, last.root, root)) return null;
  return `the ${size} entries now shown do not begin with the ${last.size} that the witness saw`;
}

function larger(a: Checkpoint | null, b: Checkpoint): Checkpoint {
  return a !== null && a.size >= b.size ? a : b;
}

async function append(path: string, text: string): Promise<void> {
  const file = await open(path, 'a', 0o644);
  try {
    await file.appendFile(text);
    await file.datasync();
  } finally {
    await file.close();
  }
}
