import type { Pool } from 'pg';
import { periodOf, type Budget, type BudgetTerms } from '../../govern/index.ts';
import { Conflict } from '../../ledger/index.ts';
import { Misuse, type Clock, type Document, type Principal, type TenantId } from '../../vocabulary/index.ts';
import type { Documents } from '../documents.ts';
import type { Motion, Motions } from '../motions.ts';
import { BUDGET_CHANGE, budgetId } from './budget-kind.ts';
import { budgetOf, type BudgetContent } from './budgets-in-force.ts';

/** Budgets as people see and change them. */
export interface Budgets {
  /** Those in force that cover these tenants, with their accounts in the window that is now. */
  list(tenants: '*' | readonly TenantId[]): Promise<readonly BudgetStanding[]>;
  /**
   * Sets a budget, or with `terms` null removes it: at once when that only tightens, otherwise when a second person wants it too.
   *
   * @throws Misuse `bad-request`, `forbidden`, `not-found`, `unknown-agent`, `unknown-tenant`; `changed-meanwhile` when it is not at
   * the revision `wish.rev` any more.
   */
  change(by: Principal, wish: BudgetWish): Promise<Motion>;
}

export interface BudgetWish {
  /** `*`: of every tenant. */
  readonly tenant: string;
  readonly name: string;
  readonly terms: BudgetTerms | null;
  readonly reason: string;
  /** As it was seen; left out: as it stands now. */
  readonly rev?: number | undefined;
}

export interface BudgetStanding extends Budget {
  readonly name: string;
  readonly rev: number;
  readonly reason: string;
  /** Name of the window that is now. */
  readonly period: string;
  /** Those with the least room first. */
  readonly accounts: readonly AccountStanding[];
  /** There are more accounts than are listed. */
  readonly more: boolean;
}

export interface AccountStanding {
  /** What has it: `agent:clerk.a`, `run:run_...`. */
  readonly of: string;
  readonly tenant: string;
  readonly spent: number;
  readonly reserved: number;
  /** The part of both that people let pass beyond the cap. */
  readonly extra: number;
  readonly overdrawn: number;
  readonly left: number;
}

const MOST_BUDGETS = 1_000;
const MOST_ACCOUNTS = 50;
/** Accounts that are looked at for those with the least room: a budget for each run may have millions. */
const MOST_LOOKED_AT = 20_000;

interface Row {
  key: string;
  tenant: string;
  spent: string;
  reserved: string;
  extra: string;
  overdrawn: string;
}

export function createBudgets(options: {
  readonly pool: Pool;
  readonly documents: Documents;
  readonly motions: Motions;
  readonly clock: Clock;
}): Budgets {
  const { pool, documents, motions, clock } = options;
  return {
    async list(tenants) {
      const laid = await documents.list<BudgetContent>('budget', { state: 'in-force', most: MOST_BUDGETS });
      const seen = laid.filter(
        ({ tenant }) => tenants === '*' || tenant === 'platform' || tenants.includes(tenant as TenantId),
      );
      return Promise.all(seen.flatMap((document) => standingOf(document, tenants) ?? []));
    },
    async change(by, { reason, rev, ...wish }) {
      const seen = rev ?? (await documents.find('budget', budgetId(wish)))?.rev ?? 0;
      try {
        return await motions.propose(by, BUDGET_CHANGE, { ...wish, rev: seen }, reason);
      } catch (error) {
        if (error instanceof Conflict && error.on === 'rev') {
          throw new Misuse('changed-meanwhile', 'somebody else has changed this budget meanwhile: look again');
        }
        throw error;
      }
    },
  };

  async function standingOf(
    document: Document<BudgetContent>,
    tenants: '*' | readonly TenantId[],
  ): Promise<BudgetStanding> {
    const budget = budgetOf(document);
    if (budget === null) throw new Error(`budget \`${document.id}\` is in force and says nothing`);
    const period = periodOf(budget.window, clock.now());
    const { rows } = await pool.query<Row>(
      `select key, tenant, spent, reserved, extra, overdrawn from (
         select * from reeve.account where budget = $1 and period = $2 and ($3::text[] is null or tenant = any($3)) limit $4) a
       order by spent + reserved - extra desc, key limit $5`,
      [budget.id, period, tenants === '*' ? null : tenants, MOST_LOOKED_AT, MOST_ACCOUNTS + 1],
    );
    const prefix = [budget.id, budget.measure, period, ''].join('|');
    const accounts = rows.filter(({ key }) => key.startsWith(prefix)).map((row) => accountOf(row, prefix, budget.cap));
    return {
      ...budget,
      name: document.id.slice(document.id.indexOf('/') + 1),
      rev: document.rev,
      reason: document.content.reason,
      period,
      accounts: accounts.slice(0, MOST_ACCOUNTS),
      more: rows.length > MOST_ACCOUNTS,
    };
  }
}

function accountOf(row: Row, prefix: string, cap: number): AccountStanding {
  const [spent, reserved, extra, overdrawn] = [row.spent, row.reserved, row.extra, row.overdrawn].map(Number) as [
    number,
    number,
    number,
    number,
  ];
  const left = Math.max(0, cap - (spent + reserved - extra));
  return { of: row.key.slice(prefix.length), tenant: row.tenant, spent, reserved, extra, overdrawn, left };
}
