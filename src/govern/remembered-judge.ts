import { canonical, digestText, type Digest, type Verdict } from '../vocabulary/index.ts';
import { applyLaw } from './apply-law.ts';
import type { Case } from './case.ts';
import { judge } from './judge.ts';
import type { Law } from './law.ts';
import type { Question } from './question.ts';

/** Judges, and remembers: the same case under the same law has the same verdict. */
export interface Judge {
  (question: Question, law: Law): Judged;
}

/** A verdict, and what was put before the law for it. */
export interface Judged {
  readonly verdict: Verdict;
  /** Null when the intent was refused before any policy was asked. */
  readonly about: PlainCase | null;
}

/** A case without its amount, which each intent has its own of: alike for many intents, so that it is kept once. */
export interface PlainCase {
  /** Of `text`. */
  readonly digest: Digest;
  /** Canonical. */
  readonly text: string;
}

/** Verdicts and cases kept, each; the one made longest ago goes first. */
const REMEMBERED = 5_000;

/**
 * A judge that remembers what Cedar said, by law and by all of the case that this law can tell apart. Whether the arguments fit the tool is looked at each
 * time: that depends on more than the case holds.
 */
export function createJudge(): Judge {
  const verdicts = new Map<string, Verdict>();
  const cases = new Map<string, PlainCase>();
  return (question, law) => {
    let about: PlainCase | null = null;
    const verdict = judge(question, law, (whole) => {
      const plain = JSON.stringify(withoutAmount(whole));
      about = remember(cases, plain, () => plainCase(whole));
      return remember(verdicts, law.digest + law.amounts.keyOf(whole.situation) + plain, () => applyLaw(whole, law));
    });
    return { verdict, about };
  };
}

/** What is kept of a case, so that it can be judged again. */
export function plainCase(about: Case): PlainCase {
  const text = canonical(withoutAmount(about));
  return { digest: digestText(text), text };
}

function withoutAmount(about: Case): object {
  return { ...about, situation: { ...about.situation, amountMinor: undefined } };
}

function remember<T>(memory: Map<string, T>, key: string, make: () => T): T {
  const known = memory.get(key);
  if (known !== undefined) return known;
  const made = make();
  if (memory.size >= REMEMBERED) memory.delete(memory.keys().next().value as string);
  memory.set(key, made);
  return made;
}
