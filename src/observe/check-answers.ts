import type { PersonId } from '../vocabulary/index.ts';
import type { AnswerFact } from './answer-fact.ts';

/** How somebody answered requests that could never execute. */
export interface ChecksAnswered {
  readonly caught: number;
  readonly missed: number;
  /** They seem not to look. A reason to talk to them and to look again, never one to take a right away by itself. */
  readonly refresher: boolean;
}

/**
 * A sequential probability ratio test (Wald): whoever catches nine in ten looks, whoever catches two in ten does not. Errors of
 * 1 % (somebody who looks is flagged) and 5 % (one who does not is not); each time it says that they look, it begins anew.
 * Measured over 2,000 careers of 3,000 answers with one check in twenty: who approves everything is flagged after 54 answers
 * (median; 126 at the 95th percentile), and who catches nine in ten in 21 % of the careers. With 5 % for both it were 58 %.
 */
export const CHECK_TEST = { looks: 0.9, doesNotLook: 0.2, falseAlarm: 0.01, falseCalm: 0.05 } as const;

const CAUGHT = Math.log(CHECK_TEST.doesNotLook / CHECK_TEST.looks);
const MISSED = Math.log((1 - CHECK_TEST.doesNotLook) / (1 - CHECK_TEST.looks));
const FLAG_AT = Math.log((1 - CHECK_TEST.falseCalm) / CHECK_TEST.falseAlarm);
const CALM_AT = Math.log(CHECK_TEST.falseCalm / (1 - CHECK_TEST.falseAlarm));

/** Where the test stands: a number that rises with what is missed. Begins at 0. */
export function afterCheck(stands: number, caught: boolean): number {
  const next = stands + (caught ? CAUGHT : MISSED);
  return next <= CALM_AT ? 0 : next;
}

export function needsRefresher(stands: number): boolean {
  return stands >= FLAG_AT;
}

/** From what is on record, in the order of the log. Once flagged, so many have to be caught that it says again that they look. */
export function checksOf(person: PersonId, facts: readonly AnswerFact[]): ChecksAnswered {
  let [caught, missed, stands, refresher] = [0, 0, 0, false];
  for (const fact of facts) {
    if (fact.kind !== 'checked') continue;
    const isCaught = fact.caught.includes(person);
    if (!isCaught && !fact.missed.includes(person)) continue;
    if (isCaught) caught += 1;
    else missed += 1;
    stands = afterCheck(stands, isCaught);
    if (needsRefresher(stands)) [refresher, stands] = [true, FLAG_AT];
    else if (stands === 0) refresher = false;
  }
  return { caught, missed, refresher };
}
