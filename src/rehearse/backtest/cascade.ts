import type { Verdict } from '../../vocabulary/index.ts';
import { keepAccounts, type Exhausted } from './accounts.ts';
import type { Decision, Settled } from './decision.ts';

/** Why a decision on record would not have come about. */
export const MOOT = {
  ended: 'its run would have ended before',
  uncaused: 'the act that it came of would not have been done',
  done: 'it would have been done at once, without asking',
} as const;

/** The policy that people lift to let an act pass beyond a budget that asks. */
const ASKS = 'budget-asks';

/**
 * What changed verdicts lead to, followed as far as the record goes: runs that would have ended, what was published by acts that
 * would not have been done, questions that nobody would have been asked, and the room in budgets.
 *
 * What people would have answered is not known. An act that was done and about which the draft asks is taken to be done all the
 * same; one that was not done and about which it asks is taken not to be. A run that would have gone on where the record ends is
 * counted, and its further steps are nowhere.
 */
export function followOn(from: number | null) {
  const accounts = keepAccounts(from);
  const ended = new Set<string>();
  /** Acts that were done and would not be. */
  const undone = new Set<string>();
  /** Acts that would be done where people were asked, or it was refused; until the record has them done as well. */
  const ahead = new Map<string, string | null>();
  /** Acts about which people were asked because of a budget. */
  const askedForRoom = new Set<string>();

  return {
    /** Null: it would be put to the law. */
    moot({ run, permit, cause }: Decision): keyof typeof MOOT | null {
      if (cause !== null && undone.has(cause)) return 'uncaused';
      if (run !== null && ended.has(run)) return 'ended';
      return ahead.has(permit) ? 'done' : null;
    },

    exhausted({ permit, draws = [] }: Decision, recorded: Recorded): Exhausted {
      const again = askedForRoom.has(permit) || recorded.approvals.includes(ASKS);
      return accounts.exhausted(draws, recorded.exhausted, again);
    },

    /** @param would null when it would not come about; as it was when it cannot be told */
    after(decision: Decision, would: Verdict | null): void {
      const { run, permit, verdict: was, draws = [] } = decision;
      const wasDone = was.kind === 'permitted';
      const isAhead = ahead.has(permit);
      const isDone = would !== null && (would.kind === 'permitted' || (would.kind === 'needs-approval' && wasDone));
      if (wasDone && !isDone && !isAhead) undone.add(permit);
      if (run !== null && would?.kind === 'refused' && was.kind !== 'refused') ended.add(run);
      if (draws.length > 0) {
        accounts.draw(permit, draws, { was: wasDone, would: isDone }, would?.kind === 'needs-approval');
      }
      if (isDone && !wasDone) ahead.set(permit, run);
      else if (wasDone) ahead.delete(permit);
      if (was.kind === 'needs-approval' && was.policies.includes(ASKS)) askedForRoom.add(permit);
      else if (was.kind !== 'needs-approval') askedForRoom.delete(permit);
    },

    settle: ({ permit, charged }: Settled) => accounts.settle(permit, charged),

    /** Runs that would have gone on where the record ends. */
    goneOn: () => new Set(ahead.values()).size,
  };
}

/** As much of a recorded case as budgets and people had a part in. */
export interface Recorded {
  readonly exhausted: readonly string[];
  readonly approvals: readonly string[];
}
