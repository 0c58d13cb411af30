import type { Pool } from 'pg';
import { EVIDENCE_KINDS } from '../../govern/index.ts';
import { GiveUp, type AgentId, type Entry } from '../../vocabulary/index.ts';

/** What the ledger holds about one agent, as far as evidence is made of it. */
export interface LedgerOfAgent {
  readonly entries: readonly Entry[];
  /** How far the ledger was read. */
  readonly toSeq: number;
}

export interface LedgerEvidence {
  /** Everything up to the ledger's end. @throws GiveUp `verification-failed` when an entry is not the one that was hashed. */
  of(agent: AgentId): Promise<LedgerOfAgent>;
}

const PAGE = 5_000;

/** Reads entries and nothing that is derived from them, each held against its hash: what decides is what is sealed. */
export function createLedgerEvidence(pool: Pool): LedgerEvidence {
  return {
    async of(agent) {
      const head = await pool.query<{ seq: string }>('select seq from reeve.head');
      const toSeq = Number(head.rows[0]?.seq ?? 0);
      const entries: Entry[] = [];
      for (let after = 0; ;) {
        const { rows } = await pool.query<{ seq: string; body: string; whole: boolean }>(
          `select seq, body, sha256('\\x00'::bytea || convert_to(body, 'UTF8')) = leaf as whole from reeve.entry
           where agent = $1 and kind = any($2) and seq > $3 and seq <= $4 order by seq limit $5`,
          [agent, EVIDENCE_KINDS, after, toSeq, PAGE],
        );
        for (const { seq, body, whole } of rows) {
          if (!whole) throw new GiveUp('verification-failed', `entry ${seq} is not the one that was hashed`);
          entries.push(JSON.parse(body) as Entry);
        }
        if (rows.length < PAGE) return { entries, toSeq };
        after = Number(rows.at(-1)?.seq);
      }
    },
  };
}
