import { drizzle } from 'drizzle-orm/node-postgres';
import type { Pool } from 'pg';
import { approvalReader, type ApprovalReader } from './approvals.ts';
import { approverReader, type ApproverReader } from './approvers.ts';
import { decisionReader, type DecisionReader } from './decisions.ts';
import { entryReader, type EntryReader } from './entries.ts';
import { eventReader, type EventReader } from './events.ts';
import { runReader, type RunReader } from './runs.ts';

/** What is on record, a page at a time. Every read is bounded and follows an index. */
export interface ReadModel {
  readonly runs: RunReader;
  readonly entries: EntryReader;
  readonly decisions: DecisionReader;
  readonly events: EventReader;
  readonly approvals: ApprovalReader;
  readonly approvers: ApproverReader;
}

/** Reads through this pool, with prepared statements. Rejects as the pool does when the database is away. */
export function createReadModel(pool: Pick<Pool, 'query'>): ReadModel {
  // Drizzle asks nothing else of a pool, as nothing here is a transaction.
  const db = drizzle(pool as Pool);
  return {
    runs: runReader(db),
    entries: entryReader(db),
    decisions: decisionReader(db),
    events: eventReader(db),
    approvals: approvalReader(db),
    approvers: approverReader(db),
  };
}

/** More sets of tenants than people of one installation have among them. */
const MOST_KEPT = 200;

/**
 * Read models for people, each limited to the tenants that may be read; kept, as making one prepares its statements.
 *
 * @param pools where `of` gives what sees these tenants and no others.
 */
export function readModelsOf(pools: {
  of(tenants: '*' | readonly string[]): Pick<Pool, 'query'>;
}): (tenants: '*' | readonly string[]) => ReadModel {
  const kept = new Map<string, ReadModel>();
  return (tenants) => {
    const key = tenants === '*' ? '*' : tenants.toSorted().join(',');
    const found = kept.get(key);
    if (found !== undefined) return found;
    if (kept.size >= MOST_KEPT) kept.clear();
    const made = createReadModel(pools.of(tenants));
    kept.set(key, made);
    return made;
  };
}
