import type { Verdict } from '../vocabulary/index.ts';
import { applyLaw } from './apply-law.ts';
import type { Case } from './case.ts';
import { judge } from './judge.ts';
import type { Law } from './law.ts';
import type { Question } from './question.ts';

/** Judges, and remembers: the same case under the same law has the same verdict. */
export interface Judge {
  (question: Question, law: Law): Verdict;
}

/** Verdicts kept; the one made longest ago goes first. */
const REMEMBERED = 20_000;

/**
 * A judge that remembers what Cedar said, by law and by all of the case that this law can tell apart. Whether the arguments fit the tool is looked at each
 * time: that depends on more than the case holds.
 */
export function createJudge(): Judge {
  const remembered = new Map<string, Verdict>();
  return (question, law) =>
    judge(question, law, (about) => {
      const key = keyOf(about, law);
      const known = remembered.get(key);
      if (known !== undefined) return known;
      const verdict = applyLaw(about, law);
      if (remembered.size >= REMEMBERED) remembered.delete(remembered.keys().next().value as string);
      remembered.set(key, verdict);
      return verdict;
    });
}

function keyOf(about: Case, law: Law): string {
  const { situation } = about;
  return (
    law.digest +
    law.amounts.keyOf(situation) +
    JSON.stringify({ ...about, situation: { ...situation, amountMinor: 0 } })
  );
}
