import { accountsOf, type AtLimit, type Draw } from '../../govern/index.ts';
import type { ReservationRow } from '../../ledger/index.ts';
import {
  messageOf,
  type Clock,
  type EventId,
  type Intent,
  type Json,
  type PermitId,
  type Tool,
  type Verdict,
} from '../../vocabulary/index.ts';
import type { Standing } from '../standing.ts';
import { budgetsIn } from './budgets-in-force.ts';
import { leftOver } from './in-words.ts';

/**
 * Room in budgets, for acts at the gate: asked for with the intent, in its transaction, and given back or used up with the outcome
 * (`settlement.ts`).
 *
 * INVARIANT (caps-hold): no interleaving or crash spends over a budget. The record takes the room or refuses the whole change
 * (`reeve.append`); what is known here before only saves a try.
 *
 * What an account had no room for is remembered, so that in a fleet that has reached a limit only the first act that exceeds it
 * is tried in vain: a change that fails makes the batch of the ledger that it is in be written again. It is
 * dropped when room comes back, when the law changes, and after {@link REMEMBERED_MS} in any case.
 */
export interface Reservations {
  /** What an act would draw on. */
  claim(asked: Asked, standing: Standing): Claim;
  /** The claim's rows are on record. */
  held(permit: PermitId, claim: Claim, tool: Tool): void;
  /** Takes what is held by a permit out of this memory; null when nothing is. */
  take(permit: PermitId): Held | null;
  /** So much has come back. */
  freed(account: string): void;
}

/** What an act under way has drawn. */
export interface Held {
  readonly draws: readonly Draw[];
  readonly tool: Tool;
}

/** An act at the gate. */
export interface Asked {
  readonly intent: Intent;
  /** As it is registered; without one the act is refused anyway. */
  readonly tool: Tool | null;
  /** The agent's. */
  readonly role: string;
  /** Of the run tree. */
  readonly root: EventId;
  /** Policies that people have lifted for it. */
  readonly lifted: readonly string[];
  /** Policies that people were asked about before it came back to the gate. */
  readonly before: readonly string[];
}

/** What one act asks of budgets, as far as is known before it is tried. */
export interface Claim {
  readonly draws: readonly Draw[];
  /**
   * What the budgets say that have no room for it and were not lifted; also `ask` when people were asked about that before, so
   * that their answer is still an answer to what is asked, whether there is room by now or not.
   */
  readonly exhausted: readonly AtLimit[];
  /** An act that a budget has no room for is not permitted, whatever the policies say. Names the budgets. */
  hold(verdict: Verdict): Verdict;
  /** Which budgets have no room, in words; empty when all have. */
  why(): string;
  /** For the change that puts the intent on record. */
  rows(permit: PermitId): readonly ReservationRow[];
  /** For the intent's entry; null when no budget covers it. */
  body(): Json | null;
  /** The record said that this account has no more than so much left: the next claim knows. Call it at once. */
  noRoom(account: string, left: number): void;
}

/** The policy that people lift to let an act pass beyond a budget that asks. */
const ASKS = 'budget-asks';
const REMEMBERED_MS = 1_000;
const MOST_REMEMBERED = 10_000;

/** What the record said is left of an account. */
interface Rest {
  readonly left: number;
  readonly until: number;
}

export function createReservations({ clock }: { readonly clock: Clock }): Reservations {
  const rests = new Map<string, Rest>();
  const holding = new Map<PermitId, Held>();
  let law = -1;

  return {
    claim({ intent, tool, role, root, lifted, before }, standing) {
      const budgets = budgetsIn(standing);
      if (budgets.length === 0 || tool === null) return NO_CLAIM;
      if (standing.number !== law) {
        rests.clear();
        law = standing.number;
      }
      let draws: readonly Draw[];
      try {
        draws = accountsOf(budgets, { ...intent, tool, role, root, at: clock.now() });
      } catch (error) {
        return faulty(messageOf(error));
      }
      return draws.length === 0
        ? NO_CLAIM
        : claimOf(draws, { lifted: lifted.includes(ASKS), before: before.includes(ASKS) });
    },
    held(permit, { draws }, tool) {
      if (draws.length > 0) holding.set(permit, { draws, tool });
    },
    take(permit) {
      const held = holding.get(permit);
      if (held === undefined) return null;
      holding.delete(permit);
      return held;
    },
    freed: (account) => void rests.delete(account),
  };

  function claimOf(draws: readonly Draw[], asks: { readonly lifted: boolean; readonly before: boolean }): Claim {
    const without = draws.filter(({ account, amount }) => amount > 0 && isFull(account, amount));
    const lifts = (draw: Draw) => asks.lifted && draw.budget.atLimit === 'ask' && without.includes(draw);
    const askedBefore = asks.before ? draws.filter(({ budget }) => budget.atLimit === 'ask') : [];
    const stopped = without.filter((draw) => !lifts(draw));
    const why = () => stopped.map((draw) => leftOver(draw, rests.get(draw.account)?.left ?? 0)).join('; ');
    return {
      draws,
      exhausted: [...new Set([...stopped, ...askedBefore].map(({ budget }) => budget.atLimit))].sort(),
      hold(verdict) {
        if (stopped.length === 0) return verdict;
        if (verdict.kind === 'permitted') return { kind: 'refused', code: 'over-budget', policies: [], why: why() };
        if (verdict.kind === 'refused' && verdict.code === 'over-budget')
          return { ...verdict, why: [verdict.why, why()].filter((part) => part !== '').join(': ') };
        return verdict;
      },
      why,
      rows: (permit) =>
        draws.flatMap((draw): readonly ReservationRow[] => {
          const { account, budget, tenant, period, amount, kept } = draw;
          if (amount === 0) return [];
          const { id, cap } = budget;
          return [{ permit, account, budget: id, tenant, period, amount, cap, lift: lifts(draw), kept }];
        }),
      body() {
        const drawn = draws.flatMap((draw) => {
          const { account, amount, budget } = draw;
          if (amount === 0) return [];
          const stops = stopped.includes(draw);
          return [
            {
              account,
              amount,
              cap: budget.cap,
              // Also of those with room: under other policies there might be none, and a back-test has to know.
              atLimit: budget.atLimit,
              ...(lifts(draw) && { lifted: true }),
              ...(stops && { left: rests.get(account)?.left ?? 0 }),
            },
          ];
        });
        return drawn.length === 0 ? null : drawn;
      },
      noRoom(account, left) {
        if (rests.size >= MOST_REMEMBERED) rests.clear();
        rests.set(account, { left, until: clock.now() + REMEMBERED_MS });
      },
    };
  }

  function isFull(account: string, amount: number): boolean {
    const rest = rests.get(account);
    if (rest === undefined || amount <= rest.left) return false;
    if (clock.now() < rest.until) return true;
    rests.delete(account);
    return false;
  }
}

/** No budget covers the act. */
export const NO_CLAIM: Claim = {
  draws: [],
  exhausted: [],
  hold: (verdict) => verdict,
  why: () => '',
  rows: () => [],
  body: () => null,
  noRoom: () => undefined,
};

/** What it may cost cannot be told: a fault is never a permission. */
function faulty(why: string): Claim {
  return {
    ...NO_CLAIM,
    hold: (verdict) =>
      verdict.kind === 'refused' ? verdict : { kind: 'refused', code: 'judging-failed', policies: [], why },
  };
}
