import type { Pool } from 'pg';
import { checkedCosts, type Draw } from '../../govern/index.ts';
import type { EntryDraft, Json, Outcome, PermitId, Tool } from '../../vocabulary/index.ts';
import type { Reservations } from './reservations.ts';

/** What an outcome leaves in the accounts that its act had drawn on. */
export interface Bill {
  /** By account, what it came to. What is more than was reserved is cut off by the record, and tallied there. */
  readonly spent: Readonly<Record<string, number>>;
  /** For the outcome's entry: what each account is charged with. */
  readonly body: Json;
  /** A call that cost more than its tool had declared: never absorbed in silence. */
  readonly overdrawn: readonly EntryDraft[];
  /** It is on record. */
  settled(): void;
}

/** An act whose outcome is to be settled. */
export interface BilledAct {
  readonly permit: PermitId;
  readonly outcome: Exclude<Outcome, { kind: 'unknown' }>;
  /** By an earlier attempt: what it holds is asked of the record. */
  readonly settled: boolean;
  readonly who: Pick<EntryDraft, 'tenant' | 'run' | 'agent'>;
  /** What was called, by the record; null when it does not say. Asked when `settled` only. */
  called(): Called | null;
}

interface Called {
  readonly tool: Tool;
  /** Canonical. */
  readonly argumentsText: string;
}

type Row = Pick<Draw, 'account' | 'amount' | 'declared' | 'kept'> & { readonly measure: string };

export function createSettlement({ pool, reservations }: { readonly pool: Pool; readonly reservations: Reservations }) {
  /** Null, and that at once, when no budget covers the act. */
  return function billOf(act: BilledAct): Bill | null | Promise<Bill | null> {
    const held = reservations.take(act.permit);
    if (held === null) return act.settled ? billFromRecord(act) : null;
    const drawn = held.draws.map((draw) => ({ ...draw, measure: draw.budget.measure }));
    return bill(act, drawn, held.tool);
  };

  async function billFromRecord(act: BilledAct): Promise<Bill | null> {
    const { rows } = await pool.query<{ account: string; amount: string; kept: boolean }>(
      'select account, amount, kept from reeve.reservation where permit = $1',
      [act.permit],
    );
    if (rows.length === 0) return null;
    const called = act.called();
    const costs = called === null ? {} : declaredBy(called);
    const drawn = rows.map(({ account, amount: text, kept }): Row => {
      const measure = account.split('|')[1] ?? '';
      const amount = Number(text);
      return { account, measure, kept, amount, declared: Math.min(costs[measure] ?? 0, amount) };
    });
    return bill(act, drawn, called?.tool ?? null);
  }

  function bill(act: BilledAct, drawn: readonly Row[], tool: Tool | null): Bill {
    const reported = reportedBy(act.outcome, tool);
    const costOf = (row: Row) => actualOf(row, act.outcome, reported);
    const rows = drawn.filter(({ amount }) => amount > 0);
    return {
      spent: Object.fromEntries(rows.map((row) => [row.account, costOf(row)])),
      body: Object.fromEntries(rows.map((row) => [row.account, Math.min(costOf(row), row.amount)])),
      // Of all that was drawn: what was never declared is more than was declared.
      overdrawn: drawn
        .filter((row) => costOf(row) > row.amount)
        .map((row) => ({
          ...act.who,
          kind: 'budget.overdrawn',
          body: {
            permit: act.permit,
            account: row.account,
            measure: row.measure,
            tool: tool?.name ?? null,
            declared: row.amount,
            cost: costOf(row),
          },
        })),
      settled() {
        for (const row of rows) if (costOf(row) < row.amount) reservations.freed(row.account);
      },
    };
  }
}

/** What one account is charged with. Failed, but for an answer that cannot be used, means that nothing happened. */
function actualOf(
  { amount, declared, kept, measure }: Row,
  outcome: BilledAct['outcome'],
  reported: Readonly<Record<string, number>>,
): number {
  // What a stop held back was no call.
  if (outcome.kind === 'failed' && outcome.code === 'stopped') return 0;
  if (outcome.kind === 'failed' && outcome.code !== 'bad-result') return kept ? amount : 0;
  // What is not reported came to all that was declared.
  return amount - declared + (reported[measure] ?? declared);
}

/** What the tool reads from its answer. When it cannot, nothing was reported: then all that was declared is charged. */
function reportedBy(outcome: BilledAct['outcome'], tool: Tool | null): Readonly<Record<string, number>> {
  if (outcome.kind !== 'done' || tool?.spent === undefined) return {};
  try {
    return checkedCosts(tool.name, tool.spent(outcome.result));
  } catch {
    return {};
  }
}

/** What it had declared before it was called, computed again: it follows from the arguments. */
function declaredBy({ tool, argumentsText }: Called): Readonly<Record<string, number>> {
  if (tool.cost === undefined) return {};
  try {
    return tool.cost(tool.input.parse(JSON.parse(argumentsText)));
  } catch {
    return {};
  }
}
