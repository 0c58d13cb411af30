import { messageOf, type Verdict } from '../vocabulary/index.ts';
import type { Case } from './case.ts';
import type { Law } from './law.ts';
import { sliceLaw } from './slices.ts';

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

/**
 * Opens cases as they are on record (the text of a `PlainCase`) under a law that may be another than the one they were judged
 * by. What its policies cannot tell apart is put to Cedar once.
 *
 * A case that this law's schema does not fit, as when it was recorded by an older version, has no verdict: it would be refused
 * for a reason that has nothing to do with what was asked.
 */
export function reopenUnder(law: Law): (text: string) => Reopened {
  const judge = sliceLaw(law);
  return (text) => {
    const plain = parse(text);
    if (plain === null) return { judge: () => ({ kind: 'cannot-judge', why: 'the case cannot be read' }) };
    return {
      judge: (amountMinor) => judgeAgain({ ...plain, situation: { ...plain.situation, amountMinor } }, judge),
    };
  };
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

function judgeAgain(about: Case, judge: (about: Case) => Verdict): Verdict | CannotJudge {
  try {
    const verdict = judge(about);
    // Without a policy that is to blame it is the request that Cedar could not take.
    const notTaken = verdict.kind === 'refused' && verdict.code === 'judging-failed' && verdict.policies.length === 0;
    return notTaken ? { kind: 'cannot-judge', why: `the case does not fit the schema: ${verdict.why}` } : verdict;
  } catch (error) {
    return { kind: 'cannot-judge', why: `the case cannot be read: ${messageOf(error)}` };
  }
}
