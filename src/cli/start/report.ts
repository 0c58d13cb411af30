import type { Counts, Reconciliation } from '../../observe/index.ts';
import type { RecordCheck } from './check-record.ts';

/**
 * What `reeve start --json` prints, on the last line of stdout. Counts are of the whole record, over all starts on this data
 * folder; `seconds` is this start, from the command to here.
 */
export interface StartReport {
  readonly agents: number;
  /** Events that came from outside; those that agents published are not counted. */
  readonly events: number;
  /** `failed` includes runs that were set aside after bounded retries. */
  readonly runs: { readonly done: number; readonly failed: number; readonly waiting: number; readonly refused: number };
  /** `done` includes what was compensated later; `unknown` includes a compensation that failed. */
  readonly effects: {
    readonly done: number;
    readonly failed: number;
    readonly unknown: number;
    readonly refused: number;
    readonly waiting: number;
  };
  readonly ledger: { readonly entries: number; readonly root: string | null; readonly verified: boolean };
  readonly reconciliation: { readonly unlogged: number; readonly lost: number; readonly duplicate: number };
  readonly seconds: number;
}

/** Puts the report together. `reconciliation` is null when the systems keep no journal that we could read. */
export function reportOf(parts: {
  readonly agents: number;
  readonly counts: Counts;
  readonly check: RecordCheck;
  readonly reconciliation: Reconciliation | null;
  readonly seconds: number;
}): StartReport {
  const { agents, counts, check, reconciliation } = parts;
  const { runs, effects } = counts;
  return {
    agents,
    events: counts.events,
    runs: {
      done: runs.done,
      failed: runs.failed + runs['set-aside'],
      waiting: runs.waiting,
      refused: runs.refused,
    },
    effects: {
      done: effects.done + effects.compensated,
      failed: effects.failed,
      unknown: effects.unknown + effects['compensation-failed'],
      refused: effects.refused,
      waiting: effects.waiting,
    },
    ledger: { entries: check.entries, root: check.root, verified: check.verified },
    reconciliation: {
      unlogged: reconciliation?.unlogged ?? 0,
      lost: reconciliation?.lost ?? 0,
      duplicate: reconciliation?.duplicate ?? 0,
    },
    seconds: Math.round(parts.seconds * 100) / 100,
  };
}

/** True when the record verifies and journals, effects and ledger agree. */
export function isWhole(report: StartReport, reconciliation: Reconciliation | null): boolean {
  const { unlogged, lost, duplicate } = report.reconciliation;
  return report.ledger.verified && unlogged + lost + duplicate + (reconciliation?.contradicted ?? 0) === 0;
}
