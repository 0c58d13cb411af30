import { z } from 'zod';
import type { AgentId, EventId, Json, Money, RunId, TenantId, Tool } from '../vocabulary/index.ts';

export const AT_LIMIT = ['refuse', 'ask'] as const;
/** What becomes of an act that a budget has no room for: refused, or put to people. */
export type AtLimit = (typeof AT_LIMIT)[number];
export const BUDGET_WINDOWS = ['ever', 'day', 'week', 'month'] as const;
export type BudgetWindow = (typeof BUDGET_WINDOWS)[number];
export const BUDGET_PER = ['everything', 'tenant', 'agent', 'tree', 'run'] as const;
/** What has an account of its own; all that `everything` covers shares one. */
export type BudgetPer = (typeof BUDGET_PER)[number];

const Name = z
  .string()
  .max(200)
  .regex(/^[a-z0-9][a-z0-9._-]*$/, 'a name is lower-case letters, digits, dots and dashes');
/** Larger than any sum that is counted, and small enough that adding two stays exact. */
const MOST = 1_000_000_000_000_000;

/** What a budget says, without where it belongs. */
export const BudgetTerms = z.strictObject({
  /** Which acts it covers; what is left out is not asked for. */
  of: z.strictObject({ tenant: Name.optional(), agent: Name.optional(), role: Name.optional() }).default({}),
  per: z.enum(BUDGET_PER),
  /** What is counted: money of one currency in minor units, calls, effects, or what tools declare as their cost. */
  measure: z
    .string()
    .regex(
      /^(money:[A-Z]{3}|[a-z][a-z0-9-]{0,39})$/,
      '`money:EUR`, `calls`, `effects`, or a measure that tools declare, such as `tokens`',
    ),
  cap: z.int().min(0).max(MOST),
  /** In UTC, by the platform's clock; a week begins on Monday. */
  window: z.enum(BUDGET_WINDOWS),
  atLimit: z.enum(AT_LIMIT).default('refuse'),
});
export type BudgetTerms = z.infer<typeof BudgetTerms>;

/** A budget in force. */
export interface Budget extends BudgetTerms {
  /** Place and name: `north/daily-money`. */
  readonly id: string;
  /** `*`: of every tenant. */
  readonly tenant: TenantId | '*';
}

/** As much of an act as budgets ask about. */
export interface CountedAct {
  readonly tenant: TenantId;
  readonly agent: AgentId;
  readonly role: string;
  readonly run: RunId;
  /** Of its run tree. */
  readonly root: EventId;
  readonly tool: Pick<Tool, 'name' | 'effect' | 'input' | 'cost'>;
  readonly arguments: Json;
  readonly amount: Money | null;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** What an act takes of one account, at most. */
export interface Draw {
  readonly account: string;
  readonly budget: Budget;
  /** Whose account it is; `platform` when everything shares it. */
  readonly tenant: string;
  readonly period: string;
  readonly amount: number;
  /** The part of it that the tool declared as its cost: what the call did cost may be less. */
  readonly declared: number;
  /** Counted although the act fails. */
  readonly kept: boolean;
}

/**
 * The accounts that an act draws on, and by how much at most: one for each budget that covers it. Those with amount 0 are there
 * because the tool might report a cost after all.
 *
 * @throws Error when what the tool declares as its cost is no whole number of 0 or more.
 */
export function accountsOf(budgets: readonly Budget[], act: CountedAct): readonly Draw[] {
  const covering = budgets.filter((budget) => covers(budget, act));
  if (covering.length === 0) return [];
  const costs = costOf(act);
  return covering.map((budget) => {
    const { measure } = budget;
    const declared = costs[measure] ?? 0;
    const period = periodOf(budget.window, act.at);
    return {
      account: [budget.id, measure, period, scopeOf(budget.per, act)].join('|'),
      budget,
      tenant: budget.per === 'everything' ? 'platform' : act.tenant,
      period,
      amount: declared + ownOf(measure, act),
      declared,
      kept: measure === 'calls',
    };
  });
}

/** Whether a change of terms lets through nothing that was stopped before: then one person may make it. */
export function tightens(before: BudgetTerms | null, after: BudgetTerms | null): boolean {
  if (before === null) return true;
  if (after === null) return false;
  const wider = (['tenant', 'agent', 'role'] as const).every(
    (field) => after.of[field] === undefined || after.of[field] === before.of[field],
  );
  return (
    // Another account begins at nothing, so that what was spent would be forgotten.
    after.measure === before.measure &&
    after.per === before.per &&
    after.window === before.window &&
    after.cap <= before.cap &&
    wider &&
    (after.atLimit === before.atLimit || after.atLimit === 'refuse')
  );
}

/** Name of the window that a moment lies in: `ever`, `2026-11-22`, `2026-W47`, `2026-11`. */
export function periodOf(window: BudgetWindow, at: number): string {
  const day = new Date(at).toISOString().slice(0, 10);
  switch (window) {
    case 'ever':
      return 'ever';
    case 'day':
      return day;
    case 'month':
      return day.slice(0, 7);
    case 'week':
      return weekOf(at);
  }
}

/** ISO 8601: a week belongs to the year of its Thursday. */
function weekOf(at: number): string {
  const day = 86_400_000;
  const monday = (ms: number) => Math.floor(ms / day) * day - ((new Date(ms).getUTCDay() + 6) % 7) * day;
  const thursday = new Date(monday(at) + 3 * day);
  const year = thursday.getUTCFullYear();
  const first = monday(Date.UTC(year, 0, 4));
  const number = Math.round((monday(at) - first) / (7 * day)) + 1;
  return `${year}-W${String(number).padStart(2, '0')}`;
}

function covers({ tenant, of }: Budget, act: CountedAct): boolean {
  return (
    (tenant === '*' || tenant === act.tenant) &&
    (of.tenant === undefined || of.tenant === act.tenant) &&
    (of.agent === undefined || of.agent === act.agent) &&
    (of.role === undefined || of.role === act.role)
  );
}

function scopeOf(per: BudgetPer, { tenant, agent, root, run }: CountedAct): string {
  switch (per) {
    case 'everything':
      return 'everything';
    case 'tenant':
      return `tenant:${tenant}`;
    case 'agent':
      return `agent:${agent}`;
    case 'tree':
      return `tree:${root}`;
    case 'run':
      return `run:${run}`;
  }
}

/** What an act counts by itself, whatever its tool declares. */
function ownOf(measure: string, { tool, amount }: CountedAct): number {
  if (measure === 'calls') return 1;
  if (measure === 'effects') return tool.effect === 'E0' ? 0 : 1;
  // An amount below zero gives nothing back: it would make room out of nothing.
  return amount !== null && measure === `money:${amount.currency}` ? Math.max(0, amount.minor) : 0;
}

/** Calls and effects are counted here, not declared. */
const COUNTED: readonly string[] = ['calls', 'effects'];

function costOf({ tool, arguments: given }: CountedAct): Readonly<Record<string, number>> {
  if (tool.cost === undefined) return {};
  const fits = tool.input.safeParse(given);
  // Arguments that do not fit are refused, whatever they would cost.
  return fits.success ? checkedCosts(tool.name, tool.cost(fits.data)) : {};
}

/**
 * Costs as a tool declares or reports them, by measure.
 *
 * @throws Error when one is no whole number of 0 or more.
 */
export function checkedCosts(tool: string, costs: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  for (const [measure, cost] of Object.entries(costs)) {
    if (COUNTED.includes(measure))
      throw new Error(`\`${tool}\` gives a cost in \`${measure}\`, which is counted, not declared`);
    if (!Number.isSafeInteger(cost) || cost < 0 || cost > MOST) {
      throw new Error(`\`${tool}\` gives a cost of \`${cost}\` in \`${measure}\`: it is a whole number of 0 or more`);
    }
  }
  return costs;
}
