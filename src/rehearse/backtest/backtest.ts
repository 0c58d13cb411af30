import { createHash, type Hash } from 'node:crypto';
import { digestText, type Digest, type Verdict } from '../../vocabulary/index.ts';
import type { Decision, Flip } from './decision.ts';
import { differs, isWeaker } from './difference.ts';
import { createSummary, type Summary } from './summary.ts';

/** The policies that are tried, injected: how one judges is `govern`'s, and the platform's own law is not touched. */
export interface Draft {
  readonly digest: string;
  /** Makes a recorded case ready to be judged again; it says why when it cannot be. */
  open(caseText: string): {
    judge(amountMinor: number): Verdict | { readonly kind: 'cannot-judge'; readonly why: string };
  };
}

export interface Backtest extends Summary {
  /** Digest of the policies in force; another one now means that this result is stale. */
  readonly base: string;
  readonly draft: string;
  /** What was judged again: first and last entry, and a digest of all that went in. */
  readonly record: { readonly from: number; readonly to: number; readonly decisions: number; readonly digest: Digest };
  /** Decisions by the policies that they were made under; more than one when policies have changed since. */
  readonly judgedUnder: Readonly<Record<string, number>>;
  /** In the order of the record. */
  readonly flips: readonly Flip[];
}

type Opened = ReturnType<Draft['open']>;

/** Cases kept open; the one opened longest ago goes first. Decisions come in order of time, and so do their cases. */
const OPEN_CASES = 20_000;

/**
 * Judges again what was decided, one decision after another, as it was put before the law then: the agent's standing, the
 * capability, what was stopped, who had approved, the hour. No shipped policy looks at anything else, so each is judged for
 * itself, exactly.
 *
 * What a changed verdict would have led to is not followed: a run that was refused never took its next step, so that step is
 * not on record.
 */
export function openBacktest(base: string, draft: Draft) {
  const opened = new Map<string, Opened>();
  const hash = createHash('sha256');
  const summary = createSummary();
  const flips: Flip[] = [];
  const judgedUnder: Record<string, number> = {};
  const record = { from: 0, to: 0, decisions: 0 };

  return {
    /** @param cases texts by digest; must hold the case that the decision names, or it counts as not replayable. */
    add(decision: Decision, cases: ReadonlyMap<string, string>): void {
      const { seq, run, agent, tool, verdict, law } = decision;
      if (record.decisions === 0) record.from = seq;
      record.to = seq;
      record.decisions += 1;
      judgedUnder[law] = (judgedUnder[law] ?? 0) + 1;
      takeIn(hash, decision);
      if (decision.case === null) return summary.withoutPolicy();

      const again = judgeAgain(decision, cases);
      if (again.kind === 'cannot-judge') return summary.unreplayable(again.why, decision);
      const difference = differs(verdict, again);
      if (difference === null) return summary.same(verdict, again);
      const flip = { seq, run, agent, tool, ...difference, weaker: isWeaker(verdict, again) };
      flips.push(flip);
      summary.flipped(flip, verdict, again);
    },

    result(): Backtest {
      return {
        base,
        draft: draft.digest,
        record: { ...record, digest: `sha256:${hash.copy().digest('hex')}` },
        judgedUnder: { ...judgedUnder },
        ...summary.result(),
        flips: [...flips],
      };
    },
  };

  function judgeAgain(decision: Decision, cases: ReadonlyMap<string, string>): ReturnType<Opened['judge']> {
    if (decision.case === undefined || decision.case === null) {
      return { kind: 'cannot-judge', why: 'recorded before cases were kept' };
    }
    const known = opened.get(decision.case);
    if (known !== undefined) return known.judge(decision.amountMinor);
    const text = cases.get(decision.case);
    if (text === undefined) return { kind: 'cannot-judge', why: 'its case is not on record' };
    // The entry is sealed and names the digest, the case lies beside the record: only together do they say what was asked.
    if (digestText(text) !== decision.case) return { kind: 'cannot-judge', why: 'its case is not what its entry says' };
    const fresh = draft.open(text);
    if (opened.size >= OPEN_CASES) opened.delete(opened.keys().next().value as string);
    opened.set(decision.case, fresh);
    return fresh.judge(decision.amountMinor);
  }
}

function takeIn(hash: Hash, { seq, amountMinor, verdict, law, case: about }: Decision): void {
  hash.update(`${JSON.stringify([seq, about ?? null, amountMinor, verdict, law])}\n`);
}
