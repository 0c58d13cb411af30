import { messageOf, type Verdict } from '../vocabulary/index.ts';
import { applyLaw } from './apply-law.ts';
import type { Case } from './case.ts';
import type { Law } from './law.ts';

/** A case on record that can be judged again, with the amount of each intent that it was the case of. */
export interface Reopened {
  /** @param amountMinor of the intent, 0 when it moved no money. */
  judge(amountMinor: number): Verdict | CannotJudge;
}

/** Why there is no verdict. */
export interface CannotJudge {
  readonly kind: 'cannot-judge';
  readonly why: string;
}

/** Verdicts kept; the one made longest ago goes first. */
const REMEMBERED = 100_000;

/**
 * Opens cases as they are on record (the text of a `PlainCase`) under a law that may be another than the one they were judged
 * by. What this law cannot tell apart, in amount or time, is judged once.
 *
 * A case that this law's schema does not fit, as when it was recorded by an older version, has no verdict: it would be refused
 * for a reason that has nothing to do with what was asked.
 */
export function reopenUnder(law: Law): (text: string) => Reopened {
  const known = new Map<string, Verdict | CannotJudge>();
  return (text) => {
    const plain = parse(text);
    if (plain === null) return { judge: () => ({ kind: 'cannot-judge', why: 'the case cannot be read' }) };
    const { limitMinor } = plain.situation;
    const alike = keyOf(plain, law);
    return {
      judge(amountMinor) {
        const key = law.amounts.keyOf({ amountMinor, limitMinor }) + alike;
        const before = known.get(key);
        if (before !== undefined) return before;
        const verdict = judgeAgain({ ...plain, situation: { ...plain.situation, amountMinor } }, law);
        if (known.size >= REMEMBERED) known.delete(known.keys().next().value as string);
        known.set(key, verdict);
        return verdict;
      },
    };
  };
}

/** A case that lacks a part, or holds more than we know, is alike to none but itself. */
function keyOf(plain: Case, law: Law): string {
  const { today, mandateEnds, weekday, hour, ...rest } = plain.situation;
  const whole =
    [today, mandateEnds].every((day) => /^\d{4}-\d\d-\d\d$/.test(day)) && [weekday, hour].every(Number.isInteger);
  return whole
    ? law.times.keyOf({ today, mandateEnds, weekday, hour }) + JSON.stringify({ ...plain, situation: rest })
    : JSON.stringify(plain);
}

function parse(text: string): Case | null {
  try {
    const plain = JSON.parse(text) as { agent?: unknown; tool?: unknown; situation?: unknown } | null;
    const parts = [plain?.agent, plain?.tool, plain?.situation];
    return parts.every((part) => typeof part === 'object' && part !== null) ? (plain as Case) : null;
  } catch {
    return null;
  }
}

function judgeAgain(about: Case, law: Law): Verdict | CannotJudge {
  try {
    const verdict = applyLaw(about, law);
    // Without a policy that is to blame it is the request that Cedar could not take.
    const notTaken = verdict.kind === 'refused' && verdict.code === 'judging-failed' && verdict.policies.length === 0;
    return notTaken ? { kind: 'cannot-judge', why: `the case does not fit the schema: ${verdict.why}` } : verdict;
  } catch (error) {
    return { kind: 'cannot-judge', why: `the case cannot be read: ${messageOf(error)}` };
  }
}
