import type { Pool } from 'pg';
import type { EffectState, RunState } from '../vocabulary/index.ts';

/** How much there is of everything, from the record. */
export interface Counts {
  /** Events from outside; those that agents published are counted apart. */
  readonly events: number;
  readonly published: number;
  readonly runs: Readonly<Record<RunState, number>>;
  readonly effects: Readonly<Record<EffectState, number>>;
  readonly entries: number;
  readonly approvalsPending: number;
}

const NO_RUNS: Record<RunState, number> = { queued: 0, waiting: 0, done: 0, failed: 0, refused: 0, 'set-aside': 0 };
const NO_EFFECTS: Record<EffectState, number> = {
  intent: 0,
  done: 0,
  failed: 0,
  unknown: 0,
  refused: 0,
  waiting: 0,
  compensated: 0,
  'compensation-failed': 0,
};

/** Counts what is on record. Scans the tables: for summaries, not for every second. */
export async function countRecord(pool: Pick<Pool, 'query'>): Promise<Counts> {
  const [events, runs, effects, entries, approvals] = await Promise.all([
    pool.query<{ published: boolean; n: string }>(
      `select source like 'agents/%' as published, count(*) as n from reeve.event group by 1`,
    ),
    pool.query<{ state: RunState; n: string }>('select state, count(*) as n from reeve.run group by 1'),
    pool.query<{ state: EffectState; n: string }>('select state, count(*) as n from reeve.effect group by 1'),
    pool.query<{ seq: string }>('select seq from reeve.head'),
    pool.query<{ n: string }>(`select count(*) as n from reeve.approval where state = 'pending'`),
  ]);
  const eventsOf = (published: boolean) => Number(events.rows.find((row) => row.published === published)?.n ?? 0);
  return {
    events: eventsOf(false),
    published: eventsOf(true),
    runs: tally(NO_RUNS, runs.rows),
    effects: tally(NO_EFFECTS, effects.rows),
    entries: Number(entries.rows[0]?.seq ?? 0),
    approvalsPending: Number(approvals.rows[0]?.n ?? 0),
  };
}

function tally<S extends string>(none: Record<S, number>, rows: readonly { state: S; n: string }[]): Record<S, number> {
  const counts = { ...none };
  for (const { state, n } of rows) counts[state] = Number(n);
  return counts;
}
