import type { Verdict } from '../../vocabulary/index.ts';
import { MOOT } from './cascade.ts';
import type { Decision, Flip } from './decision.ts';
import { rolesOf } from './difference.ts';

/** What came of a backtest, counted. Every decision is in exactly one of the first six. */
export interface Summary {
  /** The same verdict by the same policies. */
  readonly unchanged: number;
  /** The same verdict, but other policies say so, or the question stands for another time. */
  readonly otherReasons: number;
  readonly flipped: number;
  /** Refused before any policy was asked, or by people: no policies change that. */
  readonly withoutPolicy: number;
  /** Would not have come about, and why. */
  readonly moot: readonly Counted[];
  /** Not judged again, and why; never taken for unchanged. */
  readonly unreplayable: readonly Counted[];
  /** Of all decisions, from 0 to 1. */
  readonly unreplayableShare: number;
  /** Flips by which more would have been allowed, or fewer people asked. */
  readonly newlyAllowed: number;
  /** Flips by what would happen next. */
  readonly directions: Readonly<Record<Verdict['kind'], number>>;
  /** Flips that are alike, the most frequent first. */
  readonly groups: readonly FlipGroup[];
  /** Agents with a flip, or with something that would not have come about. */
  readonly agentsHit: number;
  /** Days from the first decision to the last, at least one. */
  readonly days: number;
  /** How often each role is asked: on record, and under the draft. */
  readonly approvals: readonly Asked[];
  /** Money by currency, in minor units, of acts by what would become of them. */
  readonly spend: readonly Spend[];
}

export interface Counted {
  readonly why: string;
  readonly decisions: number;
  /** Entry of the first, to look at. */
  readonly first: number;
}

export interface Asked {
  readonly role: string;
  readonly was: number;
  readonly would: number;
  readonly wasPerDay: number;
  readonly wouldPerDay: number;
}

export interface Spend {
  readonly currency: string;
  /** Was not permitted, and would be. */
  readonly newlyAllowed: number;
  /** People would be asked, who were not. */
  readonly newlyAsked: number;
  /** Was permitted, and would be refused. */
  readonly newlyRefused: number;
  /** Was permitted, and would not have come about. */
  readonly moot: number;
}

export interface FlipGroup extends Pick<Flip, 'from' | 'to' | 'policies' | 'agent' | 'tool' | 'weaker'> {
  readonly decisions: number;
  /** Entry of the first, to look at. */
  readonly first: number;
}

type Open<T> = { -readonly [K in keyof T]: T[K] };

/** Adds up. */
export function createSummary() {
  const count = { unchanged: 0, otherReasons: 0, flipped: 0, withoutPolicy: 0, newlyAllowed: 0 };
  const directions = { permitted: 0, 'needs-approval': 0, refused: 0 };
  const groups = new Map<string, Open<FlipGroup>>();
  const reasons = { moot: new Map<string, Open<Counted>>(), unreplayable: new Map<string, Open<Counted>>() };
  const roles = new Map<string, { was: number; would: number }>();
  const spend = new Map<string, Open<Spend>>();
  const hit = new Set<string | null>();
  const span = { first: Infinity, last: -Infinity, decisions: 0 };

  return {
    withoutPolicy(decision: Decision) {
      take(decision);
      count.withoutPolicy += 1;
    },
    unreplayable(why: string, decision: Decision) {
      take(decision);
      reason('unreplayable', why, decision);
    },
    moot(kind: keyof typeof MOOT, decision: Decision) {
      take(decision);
      reason('moot', MOOT[kind], decision);
      hit.add(decision.agent);
      countRoles(decision.verdict, null);
      // What would have been done at once is done all the same.
      if (decision.verdict.kind === 'permitted' && kind !== 'done') money(decision, 'moot');
    },
    same(decision: Decision, would: Verdict) {
      take(decision);
      count[sameGrounds(decision.verdict, would) ? 'unchanged' : 'otherReasons'] += 1;
      countRoles(decision.verdict, would);
    },
    flipped(flip: Flip, decision: Decision, would: Verdict) {
      take(decision);
      count.flipped += 1;
      if (flip.weaker) count.newlyAllowed += 1;
      directions[flip.to] += 1;
      hit.add(flip.agent);
      countRoles(decision.verdict, would);
      if (flip.to === 'permitted') money(decision, 'newlyAllowed');
      else if (flip.to === 'refused' && flip.from === 'permitted') money(decision, 'newlyRefused');
      else if (flip.to === 'needs-approval' && flip.from !== flip.to) money(decision, 'newlyAsked');
      const { from, to, policies, agent, tool, weaker, seq } = flip;
      const key = JSON.stringify([from, to, policies, agent, tool, weaker]);
      const known = groups.get(key);
      if (known === undefined) {
        groups.set(key, { from, to, policies, agent, tool, weaker, decisions: 1, first: seq });
      } else known.decisions += 1;
    },
    result(): Summary {
      const days = Math.max(1, (span.last - span.first) / DAY_MS || 0);
      const unreplayable = [...reasons.unreplayable.values()].sort(mostFirst);
      const lost = unreplayable.reduce((sum, { decisions }) => sum + decisions, 0);
      return {
        ...count,
        directions: { ...directions },
        moot: [...reasons.moot.values()].sort(mostFirst),
        unreplayable,
        unreplayableShare: span.decisions === 0 ? 0 : lost / span.decisions,
        groups: [...groups.values()].sort(mostFirst),
        agentsHit: hit.size,
        days,
        approvals: [...roles]
          .map(([role, { was, would }]) => ({ role, was, would, wasPerDay: was / days, wouldPerDay: would / days }))
          .sort((a, b) => (a.role < b.role ? -1 : 1)),
        spend: [...spend.values()].sort((a, b) => (a.currency < b.currency ? -1 : 1)),
      };
    },
  };

  function take({ at }: Decision): void {
    const time = Date.parse(at);
    span.first = Math.min(span.first, time);
    span.last = Math.max(span.last, time);
    span.decisions += 1;
  }

  function reason(kind: keyof typeof reasons, why: string, { seq }: Decision): void {
    const known = reasons[kind].get(why);
    if (known === undefined) reasons[kind].set(why, { why, decisions: 1, first: seq });
    else known.decisions += 1;
  }

  function countRoles(was: Verdict, would: Verdict | null): void {
    const of = (role: string) => roles.get(role) ?? roles.set(role, { was: 0, would: 0 }).get(role)!;
    for (const role of rolesOf(was)) of(role).was += 1;
    if (would !== null) for (const role of rolesOf(would)) of(role).would += 1;
  }

  function money({ amountMinor, currency }: Decision, what: Exclude<keyof Spend, 'currency'>): void {
    if (currency === null || amountMinor <= 0) return;
    const known = spend.get(currency) ?? { currency, newlyAllowed: 0, newlyAsked: 0, newlyRefused: 0, moot: 0 };
    known[what] += amountMinor;
    spend.set(currency, known);
  }
}

const DAY_MS = 86_400_000;

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
