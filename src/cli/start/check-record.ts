import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportToFile, pgEntrySource, verifyFile, type Verification } from '../../ledger/index.ts';
import type { Platform } from '../../platform.ts';

/** What an outsider finds who is given the exported ledger, the public key and the witness's file. */
export interface RecordCheck {
  readonly entries: number;
  /** Root of the last checkpoint, base64; null for an empty record. */
  readonly root: string | null;
  readonly verified: boolean;
  /** Why it is not; empty when it is. */
  readonly why: string;
}

/**
 * Seals all that is on record, exports it to a temporary file, and verifies that file as an outsider would: with the public
 * key and the witness's file, and nothing from the database.
 */
export async function checkRecord({ host, pool, sealer }: Platform): Promise<RecordCheck> {
  const checkpoint = await sealer.sealNow();
  const size = checkpoint?.size ?? 0;
  const vkey = (await readFile(host.folder.at('keys/ledger.pub'), 'utf8')).trim();
  // Before the export: the witness may not know more than the file.
  const witness = await readFile(host.folder.at('witness/checkpoints'), 'utf8');
  const folder = await mkdtemp(join(tmpdir(), 'reeve-check-'));
  try {
    const file = join(folder, 'export.reeve-ledger.jsonl');
    await exportToFile(file, { source: pgEntrySource(pool), vkey });
    const found = await verifyFile(file, { vkey, witness });
    const why = whyNot(found, size);
    return { entries: found.sealed, root: found.root, verified: why === '', why };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function whyNot(found: Verification, size: number): string {
  if (!found.ok) return found.firstBad?.why ?? 'the file does not verify';
  if (found.sealed < size) return `${size} entries were sealed, the export holds ${found.sealed}`;
  if ((found.witnessed ?? 0) < size) return `the witness confirms ${found.witnessed ?? 0} of ${size} entries`;
  return '';
}
