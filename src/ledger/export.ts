import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { EntrySource, StoredCheckpoint } from './entry-source.ts';
import { readVerifierKey } from './signed-note.ts';

/** Name and version of the file format, described in `docs/ledger-file.md`. */
export const LEDGER_FORMAT = 'reeve-ledger/1';

const PAGE = 1_000;

export interface ExportOptions {
  readonly source: EntrySource;
  /** Public key of the log. */
  readonly vkey: string;
  /** Also entries after the last checkpoint. Default: no, so that everything in the file is signed for. */
  readonly unsealed?: boolean;
}

/**
 * The ledger as a `.reeve-ledger.jsonl` file, piece by piece: a header, the entries as they lie on record, each checkpoint
 * after the last entry that it covers, and a footer that counts them. What is on record is not judged here.
 */
export async function* exportLedger({ source, vkey, unsealed = false }: ExportOptions): AsyncGenerator<string, void> {
  const origin = readVerifierKey(vkey)?.name ?? '';
  yield line({ format: LEDGER_FORMAT, origin, vkey });
  // First the end, then the entries: whatever is added meanwhile stays out.
  const last = (await source.lastCheckpoint())?.size ?? 0;
  const checkpoints = storedCheckpoints(source, last);
  let next = await checkpoints.next();
  let [entryCount, checkpointCount, seq] = [0, 0, 0];
  for (;;) {
    const page = await source.entriesAfter(seq, PAGE);
    let text = '';
    for (const entry of page) {
      while (!next.done && next.value.size < entry.seq) {
        text += line({ checkpoint: next.value.note });
        checkpointCount++;
        next = await checkpoints.next();
      }
      seq = entry.seq;
      if (seq > last && !unsealed) break;
      text += line({ seq, entry: entry.body, chain: Buffer.from(entry.chain).toString('hex') });
      entryCount++;
    }
    if (text !== '') yield text;
    if (page.length < PAGE || (seq > last && !unsealed)) break;
  }
  for (; !next.done; next = await checkpoints.next()) {
    yield line({ checkpoint: next.value.note });
    checkpointCount++;
  }
  yield line({ entries: entryCount, checkpoints: checkpointCount });
}

/** Writes the export to a new file; an existing one is not overwritten. */
export async function exportToFile(path: string, options: ExportOptions): Promise<void> {
  await pipeline(Readable.from(exportLedger(options)), createWriteStream(path, { flags: 'wx' }));
}

async function* storedCheckpoints(source: EntrySource, last: number): AsyncGenerator<StoredCheckpoint, void> {
  for (let size = 0; size < last;) {
    const page = await source.checkpointsAfter(size, PAGE);
    for (const checkpoint of page) if (checkpoint.size <= last) yield checkpoint;
    if (page.length === 0) return;
    size = page.at(-1)!.size;
  }
}

function line(value: Readonly<Record<string, string | number>>): string {
  return `${JSON.stringify(value)}\n`;
}
