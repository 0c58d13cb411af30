import type { Verdict } from '../../vocabulary/index.ts';
import type { Decision, Flip } from './decision.ts';
import { rolesOf } from './difference.ts';

/** What came of a backtest, counted. Every decision is in exactly one of the first five. */
export interface Summary {
  /** The same verdict by the same policies. */
  readonly unchanged: number;
  /** The same verdict, but other policies say so, or the question stands for another time. */
  readonly otherReasons: number;
  readonly flipped: number;
  /** Refused before any policy was asked: no policies change that. */
  readonly withoutPolicy: number;
  /** Not judged again, and why; never taken for unchanged. */
  readonly unreplayable: readonly { readonly why: string; readonly decisions: number; readonly first: number }[];
  /** Flips by which more would have been allowed, or fewer people asked. */
  readonly newlyAllowed: number;
  /** Flips that are alike, the most frequent first. */
  readonly groups: readonly FlipGroup[];
  /** How often each role is asked: on record, and under the draft. */
  readonly approvals: readonly { readonly role: string; readonly was: number; readonly would: number }[];
}

export interface FlipGroup extends Pick<Flip, 'from' | 'to' | 'policies' | 'agent' | 'tool' | 'weaker'> {
  readonly decisions: number;
  /** Entry of the first, to look at. */
  readonly first: number;
}

type Counted<T> = { -readonly [K in keyof T]: T[K] };

/** Adds up. */
export function createSummary() {
  const count = { unchanged: 0, otherReasons: 0, flipped: 0, withoutPolicy: 0, newlyAllowed: 0 };
  const groups = new Map<string, Counted<FlipGroup>>();
  const reasons = new Map<string, { decisions: number; first: number }>();
  const roles = new Map<string, { was: number; would: number }>();

  return {
    withoutPolicy: () => void (count.withoutPolicy += 1),
    unreplayable(why: string, { seq }: Decision) {
      const known = reasons.get(why);
      if (known === undefined) reasons.set(why, { decisions: 1, first: seq });
      else known.decisions += 1;
    },
    same(was: Verdict, would: Verdict) {
      count[sameGrounds(was, would) ? 'unchanged' : 'otherReasons'] += 1;
      countRoles(was, would);
    },
    flipped(flip: Flip, was: Verdict, would: Verdict) {
      count.flipped += 1;
      if (flip.weaker) count.newlyAllowed += 1;
      countRoles(was, would);
      const { from, to, policies, agent, tool, weaker, seq } = flip;
      const key = JSON.stringify([from, to, policies, agent, tool, weaker]);
      const known = groups.get(key);
      if (known === undefined) {
        groups.set(key, { from, to, policies, agent, tool, weaker, decisions: 1, first: seq });
      } else known.decisions += 1;
    },
    result(): Summary {
      return {
        ...count,
        unreplayable: [...reasons].map(([why, counted]) => ({ why, ...counted })).sort(mostFirst),
        groups: [...groups.values()].sort(mostFirst),
        approvals: [...roles]
          .map(([role, counted]) => ({ role, ...counted }))
          .sort((a, b) => (a.role < b.role ? -1 : 1)),
      };
    },
  };

  function countRoles(was: Verdict, would: Verdict): void {
    const of = (role: string) => roles.get(role) ?? roles.set(role, { was: 0, would: 0 }).get(role)!;
    for (const role of rolesOf(was)) of(role).was += 1;
    for (const role of rolesOf(would)) of(role).would += 1;
  }
}

function sameGrounds(was: Verdict, would: Verdict): boolean {
  if ([...was.policies].sort().join() !== [...would.policies].sort().join()) return false;
  if (was.kind === 'needs-approval' && would.kind === 'needs-approval') {
    return was.expiresInSeconds === would.expiresInSeconds;
  }
  return !(was.kind === 'refused' && would.kind === 'refused') || was.code === would.code;
}

function mostFirst(a: { decisions: number; first: number }, b: { decisions: number; first: number }): number {
  return b.decisions - a.decisions || a.first - b.first;
}
