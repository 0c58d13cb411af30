import { decodeBase64, openNote, type NoteSigner, type NoteVerifier } from './signed-note.ts';

/** What the log looked like at one size, signed: who it is, how many entries, and the root over them. */
export interface Checkpoint {
  /** Unique name of the log; also the name of its key. */
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
  /** The signed note (c2sp.org/tlog-checkpoint), as it leaves the house. */
  readonly note: string;
}

export type ReadCheckpoint =
  | { readonly ok: true; readonly checkpoint: Checkpoint }
  | { readonly ok: false; readonly why: string };

/** Signs the head of a log whose origin is the key's name. */
export function signCheckpoint(key: NoteSigner, size: number, root: Uint8Array): Checkpoint {
  const note = key.sign(`${key.name}\n${size}\n${Buffer.from(root).toString('base64')}\n`);
  return { origin: key.name, size, root, note };
}

/** Reads a checkpoint, if it is one, of the log that this key belongs to, and signed by it. */
export function readCheckpoint(note: string, key: NoteVerifier): ReadCheckpoint {
  const opened = openNote(note, key);
  if (!opened.ok) return opened;
  const [origin, count = '', hash = '', ...extensions] = opened.text.slice(0, -1).split('\n');
  const size = /^(0|[1-9][0-9]*)$/.test(count) ? Number(count) : NaN;
  const root = decodeBase64(hash);
  if (!Number.isSafeInteger(size) || root?.length !== 32 || extensions.includes('')) {
    return { ok: false, why: 'what is signed is no checkpoint' };
  }
  if (origin !== key.name) return { ok: false, why: `it is of another log, \`${origin}\`` };
  return { ok: true, checkpoint: { origin, size, root, note } };
}
