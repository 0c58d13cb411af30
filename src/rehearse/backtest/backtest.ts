import { createHash, type Hash } from 'node:crypto';
import { digestText, type Digest, type Verdict } from '../../vocabulary/index.ts';
import { followOn } from './cascade.ts';
import type { Decision, Flip, Settled } from './decision.ts';
import { differs, isWeaker } from './difference.ts';
import { createSummary, type Summary } from './summary.ts';

/** The policies that are tried, injected: how one judges is `govern`'s, and the platform's own law is not touched. */
export interface Draft {
  readonly digest: string;
  /** Makes a recorded case ready to be judged again; it says why when it cannot be. */
  open(caseText: string): {
    readonly exhausted: readonly string[];
    readonly approvals: readonly string[];
    judge(amountMinor: number, exhausted?: readonly string[]): Verdict | CannotJudge;
  };
}

interface CannotJudge {
  readonly kind: 'cannot-judge';
  readonly why: string;
}

export interface Backtest extends Summary {
  /** Digest of the policies in force; another one now means that this result is stale. */
  readonly base: string;
  readonly draft: string;
  /** What was judged again: first and last entry, and a digest of all that went in. */
  readonly record: { readonly from: number; readonly to: number; readonly decisions: number; readonly digest: Digest };
  /** Decisions by the policies that they were made under; more than one when policies have changed since. */
  readonly judgedUnder: Readonly<Record<string, number>>;
  /** Runs that would have gone on where the record ends: what they would have done next is not known. */
  readonly goneOn: number;
  /** In the order of the record. */
  readonly flips: readonly Flip[];
}

type Opened = ReturnType<Draft['open']>;

const BY_PEOPLE: readonly string[] = ['declined', 'expired'];

/** Cases kept open; the one opened longest ago goes first. Decisions come in order of time, and so do their cases. */
const OPEN_CASES = 20_000;

/**
 * Judges again what was decided, one decision after another, as it was put before the law then: the agent's standing, the
 * capability, what was stopped, who had approved, what the run tree had done, the hour.
 *
 * What changed verdicts lead to is followed (`cascade.ts`): what would not have come about is counted as that and not judged, and
 * budgets have the room that they would have had.
 *
 * @param from where reading begins, in milliseconds since the epoch; null: at the first entry of the record
 */
export function openBacktest(base: string, draft: Draft, from: number | null = null) {
  const opened = new Map<string, Opened>();
  const hash = createHash('sha256');
  const summary = createSummary();
  const flips: Flip[] = [];
  const judgedUnder: Record<string, number> = {};
  const record = { from: 0, to: 0, decisions: 0 };
  const course = followOn(from);

  return {
    /**
     * The next in the order of the record.
     *
     * @param cases texts by digest; must hold the case that the decision names, or it counts as not replayable.
     */
    add(decision: Decision, cases: ReadonlyMap<string, string>): void {
      const { seq, run, agent, tool, verdict, law } = decision;
      if (record.decisions === 0) record.from = seq;
      record.to = seq;
      record.decisions += 1;
      judgedUnder[law] = (judgedUnder[law] ?? 0) + 1;
      takeIn(hash, decision);
      const moot = course.moot(decision);
      if (moot !== null) {
        course.after(decision, null);
        return summary.moot(moot, decision);
      }
      // Before any policy was asked, or by people: no policies change that.
      if (decision.case === null || (verdict.kind === 'refused' && BY_PEOPLE.includes(verdict.code))) {
        course.after(decision, verdict);
        return summary.withoutPolicy(decision);
      }
      const again = judgeAgain(decision, cases);
      if (again.kind === 'cannot-judge') {
        // Nothing follows from what is not known: it is taken as it was.
        course.after(decision, verdict);
        return summary.unreplayable(again.why, decision);
      }
      course.after(decision, again);
      const difference = differs(verdict, again);
      if (difference === null) return summary.same(decision, again);
      const flip = { seq, run, agent, tool, ...difference, weaker: isWeaker(verdict, again) };
      flips.push(flip);
      summary.flipped(flip, decision, again);
    },

    /** What an act on record came to, in its place between the decisions. */
    settle(settled: Settled): void {
      course.settle(settled);
    },

    result(): Backtest {
      return {
        base,
        draft: draft.digest,
        record: { ...record, digest: `sha256:${hash.copy().digest('hex')}` },
        judgedUnder: { ...judgedUnder },
        ...summary.result(),
        goneOn: course.goneOn(),
        flips: [...flips],
      };
    },
  };

  function judgeAgain(decision: Decision, cases: ReadonlyMap<string, string>): Verdict | CannotJudge {
    const about = openCase(decision, cases);
    if ('why' in about) return about;
    const exhausted = course.exhausted(decision, about);
    switch (exhausted.kind) {
      case 'as-recorded':
        return about.judge(decision.amountMinor);
      case 'changed':
        return about.judge(decision.amountMinor, exhausted.exhausted);
      case 'unknown':
        return { kind: 'cannot-judge', why: exhausted.why };
    }
  }

  function openCase(decision: Decision, cases: ReadonlyMap<string, string>): Opened | CannotJudge {
    if (decision.case === undefined || decision.case === null) {
      return { kind: 'cannot-judge', why: 'recorded before cases were kept' };
    }
    const known = opened.get(decision.case);
    if (known !== undefined) return known;
    const text = cases.get(decision.case);
    if (text === undefined) return { kind: 'cannot-judge', why: 'its case is not on record' };
    // The entry is sealed and names the digest, the case lies beside the record: only together do they say what was asked.
    if (digestText(text) !== decision.case) return { kind: 'cannot-judge', why: 'its case is not what its entry says' };
    const fresh = draft.open(text);
    if (opened.size >= OPEN_CASES) opened.delete(opened.keys().next().value as string);
    opened.set(decision.case, fresh);
    return fresh;
  }
}

function takeIn(hash: Hash, { seq, amountMinor, verdict, law, case: about, cause, draws }: Decision): void {
  hash.update(`${JSON.stringify([seq, about ?? null, amountMinor, verdict, law, cause, draws ?? []])}\n`);
}
