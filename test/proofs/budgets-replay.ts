/** The judge of the proof `budgets`: what the ledger says of every account, worked out anew, entry by entry. */
import type { Pool } from 'pg';

export interface Replayed {
  /** Moments at which an account held more than its cap, with what was let pass by people beside it. */
  readonly overshoots: readonly string[];
  /** Accounts in the database that are not what the ledger makes of them. */
  readonly differences: readonly string[];
  /** Permits that hold room, by the ledger. */
  readonly holding: ReadonlySet<string>;
  readonly reservations: number;
  readonly overdrawn: number;
  /** The fullest that any account was, as a part of its cap. */
  readonly fullest: number;
}

interface Drawn {
  readonly account: string;
  readonly amount: number;
  readonly cap: number;
  readonly lifted?: boolean;
}
interface Body {
  readonly permit: string;
  readonly budgets?: readonly Drawn[];
  readonly outcome?: { readonly kind: string };
  readonly spent?: Readonly<Record<string, number>>;
  readonly accounts?: readonly string[];
  readonly state?: string;
}

const KINDS = ['intent.permitted', 'outcome.recorded', 'outcome.settled', 'budget.overdrawn', 'budget.released'];
const PAGE = 5_000;

export async function replayBudgets(pool: Pool): Promise<Replayed> {
  const accounts = new Map<string, { spent: number; reserved: number; extra: number }>();
  const held = new Map<string, readonly Drawn[]>();
  const overshoots: string[] = [];
  let [reservations, overdrawn, fullest] = [0, 0, 0];
  for (let after = 0; ;) {
    const { rows } = await pool.query<{ seq: string; kind: string; body: Body }>(
      `select seq, kind, body::jsonb -> 'body' as body from reeve.entry where seq > $1 and kind = any($2) order by seq limit $3`,
      [after, KINDS, PAGE],
    );
    for (const { seq, kind, body } of rows) {
      if (kind === 'intent.permitted') reserve(seq, body);
      else if (kind === 'budget.overdrawn') overdrawn += 1;
      else if (body.outcome?.kind !== 'unknown') settle(body);
    }
    const last = rows.at(-1);
    if (last === undefined) break;
    after = Number(last.seq);
  }
  return {
    overshoots,
    differences: await differences(),
    holding: new Set(held.keys()),
    reservations,
    overdrawn,
    fullest,
  };

  function reserve(seq: string, { permit, budgets }: Body): void {
    if (budgets === undefined) return;
    held.set(permit, budgets);
    for (const { account, amount, cap, lifted } of budgets) {
      const now = accounts.get(account) ?? { spent: 0, reserved: 0, extra: 0 };
      accounts.set(account, now);
      now.reserved += amount;
      if (lifted === true) now.extra += amount;
      reservations += 1;
      const used = now.spent + now.reserved - now.extra;
      fullest = Math.max(fullest, used / Math.max(1, cap));
      if (lifted !== true && used > cap) overshoots.push(`entry ${seq}: ${account} holds ${used} of ${cap}`);
    }
  }

  function settle({ permit, spent = {} }: Body): void {
    for (const { account, amount, lifted } of held.get(permit) ?? []) {
      const now = accounts.get(account)!;
      const actual = spent[account] ?? 0;
      now.reserved -= amount;
      now.spent += actual;
      if (lifted === true) now.extra -= amount - actual;
    }
    held.delete(permit);
  }

  async function differences(): Promise<readonly string[]> {
    const { rows } = await pool.query<{ key: string; spent: string; reserved: string; extra: string }>(
      'select key, spent, reserved, extra from reeve.account',
    );
    const said = new Map(
      rows.map(({ key, ...row }) => [key, [row.spent, row.reserved, row.extra].map(Number).join(' ')]),
    );
    return [...new Set([...said.keys(), ...accounts.keys()])].flatMap((key) => {
      const { spent, reserved, extra } = accounts.get(key) ?? { spent: 0, reserved: 0, extra: 0 };
      const ours = [spent, reserved, extra].join(' ');
      return said.get(key) === ours ? [] : [`${key}: the database says ${said.get(key)}, the ledger ${ours}`];
    });
  }
}
