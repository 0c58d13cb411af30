import { leafHash } from './hash.ts';
import { verifyInclusion } from './merkle-proof.ts';
import { readCheckpoint, type Checkpoint } from './checkpoint.ts';
import { decodeBase64, type NoteVerifier } from './signed-note.ts';

const HEADER = 'c2sp.org/tlog-proof@v1';

/** Proof that one entry is under one checkpoint. */
export interface Receipt {
  readonly seq: number;
  readonly checkpoint: Checkpoint;
  /** From the leaf's sibling up to the root's child (RFC 6962, 2.1.1). */
  readonly proof: readonly Uint8Array[];
  /** All of it as one `.tlog-proof` file. */
  readonly file: string;
}

/** Writes the proof as C2SP's `.tlog-proof` (c2sp.org/tlog-proof). Its index counts from 0: entry 1 has index 0. */
export function writeReceipt(seq: number, checkpoint: Checkpoint, proof: readonly Uint8Array[]): Receipt {
  const lines = [HEADER, `index ${seq - 1}`, ...proof.map((hash) => Buffer.from(hash).toString('base64'))];
  return { seq, checkpoint, proof, file: `${lines.join('\n')}\n\n${checkpoint.note}` };
}

/** Whether a `.tlog-proof` file shows that this canonical entry text is under a checkpoint of this key; if not, why. */
export function checkReceipt(
  entry: string,
  file: string,
  key: NoteVerifier,
):
  | { readonly ok: true; readonly seq: number; readonly checkpoint: Checkpoint }
  | { readonly ok: false; readonly why: string } {
  const end = file.indexOf('\n\n');
  const [header, indexLine = '', ...rest] = file.slice(0, Math.max(end, 0)).split('\n');
  const hashLines = indexLine.startsWith('extra ') ? rest.slice(1) : rest;
  const index = /^index (0|[1-9][0-9]*)$/.exec(indexLine.startsWith('extra ') ? (rest[0] ?? '') : indexLine);
  const proof = hashLines.map(decodeBase64);
  if (header !== HEADER || !index || !proof.every((hash) => hash !== null))
    return { ok: false, why: 'it is no tlog-proof' };
  const read = readCheckpoint(file.slice(end + 2), key);
  if (!read.ok) return read;
  const { size, root } = read.checkpoint;
  return verifyInclusion(leafHash(entry), Number(index[1]), size, proof, root)
    ? { ok: true, seq: Number(index[1]) + 1, checkpoint: read.checkpoint }
    : { ok: false, why: 'the proof does not lead from this entry to the signed root' };
}
