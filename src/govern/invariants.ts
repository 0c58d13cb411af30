import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Verdict } from '../vocabulary/index.ts';
import { ruleOf } from './approval/rules.ts';
import type { Case } from './case.ts';
import { chanceFrom, drawRequests } from './invariants-draw.ts';
import { parseInvariants, whether, type Invariant } from './invariants-form.ts';
import type { Law } from './law.ts';
import { SHIPPED_POLICIES } from './policy-set.ts';
import { sliceLaw } from './slices.ts';

/** What came of trying invariants. */
export interface InvariantReport {
  readonly tried: number;
  readonly invariants: readonly {
    readonly id: string;
    readonly says: string;
    /** How many of the requests it speaks of: of none would show nothing. */
    readonly applied: number;
    readonly violated: number;
  }[];
  /** The first of each invariant that does not hold. */
  readonly violations: readonly Violation[];
}

export interface Violation {
  readonly invariant: string;
  readonly says: string;
  readonly case: Case;
  readonly verdict: Verdict;
}

/** The invariants of a folder of policies; those that ship when it has no `invariants.json`. Throws as `parseInvariants`. */
export function readInvariants(folder: string = SHIPPED_POLICIES): readonly Invariant[] {
  const own = join(folder, 'invariants.json');
  return parseInvariants(readFileSync(existsSync(own) ? own : join(SHIPPED_POLICIES, 'invariants.json'), 'utf8'));
}

/**
 * Tries written invariants on generated abstract requests, the same for the same seed. Finding nothing is no proof for all
 * requests; the requests lie where policies and invariants change their minds.
 */
export function checkInvariants(
  law: Law,
  options: { readonly tries: number; readonly seed: number; readonly invariants?: readonly Invariant[] },
): InvariantReport {
  const { tries, seed, invariants = readInvariants() } = options;
  const draw = drawRequests(law, invariants, chanceFrom(seed));
  const judge = sliceLaw(law);
  const people = peopleNeeded(law, judge);
  const tally = invariants.map((invariant) => {
    const ways = invariant.when.map((conditions) => conditions.map(whether));
    return { invariant, ways, applied: 0, violated: 0 };
  });
  const violations: Violation[] = [];
  for (let n = 0; n < tries; n++) {
    const request = draw(invariants[n % invariants.length] as Invariant);
    const verdict = judge(request);
    for (const one of tally) {
      const { id, says, must } = one.invariant;
      if (!one.ways.some((conditions) => conditions.every((met) => met(request)))) continue;
      one.applied += 1;
      if (verdict.kind === 'refused') continue;
      if (must !== 'refused' && people(request) >= must.people) continue;
      one.violated += 1;
      if (one.violated === 1) violations.push({ invariant: id, says, case: request, verdict });
    }
  }
  return {
    tried: tries,
    invariants: tally.map(({ invariant: { id, says }, applied, violated }) => ({ id, says, applied, violated })),
    violations,
  };
}

/**
 * How many people have to agree to a request before it is done, by the rules of the policies that ask when nothing is lifted. The
 * same people may answer for several policies, so that the most that one asks for counts; within one, each stage has its own.
 */
function peopleNeeded(law: Law, judge: (about: Case) => Verdict): (request: Case) => number {
  const needs = new Map(
    [...law.policies.values()].flatMap((policy) => {
      if (policy.approval === null) return [];
      const { stages } = ruleOf(policy, law.rules);
      return [[policy.id, stages.reduce((sum, { need }) => sum + need, 0)] as const];
    }),
  );
  return (request) => {
    const plain = judge({ ...request, situation: { ...request.situation, approvals: [] } });
    if (plain.kind !== 'needs-approval') return 0;
    return Math.max(...plain.policies.map((id) => needs.get(id) ?? 0));
  };
}
