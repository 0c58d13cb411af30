import { drizzle } from 'drizzle-orm/node-postgres';
import type { Pool } from 'pg';
import { approvalReader, type ApprovalReader } from './approvals.ts';
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
}

/** Reads through this pool, with prepared statements. Rejects as the pool does when the database is away. */
export function createReadModel(pool: Pool): ReadModel {
  const db = drizzle(pool);
  return {
    runs: runReader(db),
    entries: entryReader(db),
    decisions: decisionReader(db),
    events: eventReader(db),
    approvals: approvalReader(db),
  };
}
