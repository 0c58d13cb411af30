import type { Pool } from 'pg';
import type { Checkpoint } from './checkpoint.ts';

/** One row of the record, as far as sealing and exporting need it. */
export interface StoredEntry {
  readonly seq: number;
  /** The entry's canonical text. */
  readonly body: string;
  /** Leaf hash and chain value as the writer stored them; believed only after they have been made again from `body`. */
  readonly leaf: Uint8Array;
  readonly chain: Uint8Array;
}

export type StoredCheckpoint = Pick<Checkpoint, 'size' | 'note'>;

/** The record, as the sealer and the exporter see it. Everything comes in ascending order. */
export interface EntrySource {
  entriesAfter(seq: number, limit: number): Promise<readonly StoredEntry[]>;
  leavesAfter(seq: number, limit: number): Promise<readonly Uint8Array[]>;
  checkpointsAfter(size: number, limit: number): Promise<readonly StoredCheckpoint[]>;
  lastCheckpoint(): Promise<StoredCheckpoint | null>;
  /** Keeps a checkpoint; one that is already kept stays as it is. */
  saveCheckpoint(checkpoint: Checkpoint, at: Date): Promise<void>;
}

/** The record in PostgreSQL: tables `reeve.entry` and `reeve.checkpoint`. */
export function pgEntrySource(pool: Pool): EntrySource {
  const rows = async (name: string, text: string, values: readonly unknown[]): Promise<Row[]> =>
    (await pool.query<Row>({ name, text, values: [...values] })).rows;
  return {
    async entriesAfter(seq, limit) {
      const sql = 'select seq, body, leaf, chain from reeve.entry where seq > $1 order by seq limit $2';
      const found = await rows('ledger_entries', sql, [seq, limit]);
      return found.map((row) => ({ seq: Number(row.seq), body: row.body, leaf: row.leaf, chain: row.chain }));
    },
    async leavesAfter(seq, limit) {
      const sql = 'select leaf from reeve.entry where seq > $1 order by seq limit $2';
      return (await rows('ledger_leaves', sql, [seq, limit])).map((row) => row.leaf);
    },
    async checkpointsAfter(size, limit) {
      const sql = 'select size, note from reeve.checkpoint where size > $1 order by size limit $2';
      const found = await rows('ledger_checkpoints', sql, [size, limit]);
      return found.map((row) => ({ size: Number(row.size), note: row.note }));
    },
    async lastCheckpoint() {
      const sql = 'select size, note from reeve.checkpoint order by size desc limit 1';
      const [row] = await rows('ledger_checkpoint', sql, []);
      return row ? { size: Number(row.size), note: row.note } : null;
    },
    async saveCheckpoint({ size, root, note }, at) {
      const sql =
        'insert into reeve.checkpoint (size, root, note, at) values ($1, $2, $3, $4) on conflict (size) do nothing';
      await rows('ledger_save_checkpoint', sql, [size, root, note, at]);
    },
  };
}

/** bigint comes as text. */
interface Row {
  readonly seq: string;
  readonly body: string;
  readonly leaf: Buffer;
  readonly chain: Buffer;
  readonly size: string;
  readonly note: string;
}
