import { z } from '@hono/zod-openapi';
import { showTerms, type BudgetStanding } from '../fabric/index.ts';
import type { TenantId } from '../vocabulary/index.ts';
import type { ApiDeps } from './deps.ts';
import { endpoint, type Endpoint } from './endpoint.ts';
import { MotionShape, motionShown } from './motions.ts';
import { withinPatience } from './within.ts';

const Name = z
  .string()
  .max(200)
  .regex(/^[a-z0-9][a-z0-9._-]*$/, 'a name is lower-case letters, digits, dots and dashes');
const Amount = z.int().nonnegative();

const Terms = z
  .strictObject({
    of: z
      .strictObject({ tenant: Name.optional(), agent: Name.optional(), role: Name.optional() })
      .default({})
      .openapi({ description: 'which acts it covers; what is left out is not asked for' }),
    per: z
      .enum(['everything', 'tenant', 'agent', 'tree', 'run'])
      .openapi({ description: 'what has an account of its own; `everything` is for tenant `*` only' }),
    measure: z
      .string()
      .regex(/^(money:[A-Z]{3}|[a-z][a-z0-9-]{0,39})$/, '`money:EUR`, `calls`, `effects`, or what tools declare')
      .openapi({ example: 'money:EUR' }),
    cap: Amount.openapi({ description: 'minor units for money' }),
    window: z.enum(['ever', 'day', 'week', 'month']).openapi({ description: 'in UTC' }),
    atLimit: z.enum(['refuse', 'ask']).default('refuse'),
  })
  .openapi('BudgetTerms');

const BudgetShape = z
  .object({
    id: z.string().openapi({ example: 'north/daily-money' }),
    tenant: z.string().openapi({ description: '`*`: of every tenant' }),
    name: z.string(),
    rev: z.int(),
    terms: Terms,
    says: z.string().openapi({
      description: 'the terms in one line',
      example: 'at most 500.00 EUR a day for each agent, then refuse',
    }),
    reason: z.string(),
    period: z.string().openapi({ description: 'the window that is now', example: '2026-11-22' }),
    accounts: z
      .array(
        z.object({
          of: z.string().openapi({ example: 'agent:claims-intake.faculty-1' }),
          tenant: z.string(),
          spent: Amount,
          reserved: Amount.openapi({ description: 'for what is under way or in doubt' }),
          extra: Amount.openapi({ description: 'the part of both that people let pass beyond the cap' }),
          overdrawn: Amount.openapi({ description: 'what calls cost beyond what they had declared; not in `spent`' }),
          left: Amount,
        }),
      )
      .openapi({ description: 'in this window, those with the least room first' }),
    more: z.boolean().openapi({ description: 'there are more accounts than these' }),
  })
  .openapi('Budget');

const BudgetWish = z
  .strictObject({
    tenant: z.union([z.literal('*'), Name]).openapi({ description: '`*`: of every tenant' }),
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'a lower-case name with hyphens')
      .openapi({ example: 'daily-money' }),
    terms: Terms.nullable().openapi({ description: 'null: remove it' }),
    rev: z.int().min(0).optional().openapi({ description: 'the revision that you saw, 0 for none; another: refused' }),
    reason: z.string().trim().min(1).max(500).openapi({ description: 'goes on record' }),
  })
  .openapi('BudgetWish');

/** Caps on money, tokens, calls and effects. */
export function budgetEndpoints({ fabric }: ApiDeps): readonly Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: '/v1/budgets',
      right: 'record.read',
      tag: 'budgets',
      summary: 'Budgets in force, with what is spent, reserved and left',
      answers: { 200: { description: 'All of them', schema: z.object({ items: z.array(BudgetShape) }) } },
      async handle({ tenants }) {
        const budgets = await withinPatience(fabric.budgets.list(tenants));
        return { status: 200, body: { items: budgets.map(shown) } };
      },
    }),
    endpoint({
      method: 'post',
      path: '/v1/budgets',
      right: 'budgets.change',
      tenantOf: ({ body }) => body.tenant as TenantId | '*',
      tag: 'budgets',
      summary: 'Set or remove a budget',
      description:
        'What only tightens holds when this answers (`state` is `carried`). Raising, loosening or removing one is proposed, and ' +
        'holds when a second person wants it too.',
      body: BudgetWish,
      answers: { 200: { description: 'It holds, or waits for a second person', schema: MotionShape } },
      problems: {
        404: 'There is no such budget, agent or tenant',
        409: 'Somebody else has changed it meanwhile',
        413: 'The body is too large',
        415: 'Not JSON',
      },
      async handle({ body, principal }) {
        const motion = await withinPatience(fabric.budgets.change(principal, body));
        return { status: 200, body: motionShown(motion) };
      },
    }),
  ];
}

function shown({ of, per, measure, cap, window, atLimit, ...rest }: BudgetStanding): z.input<typeof BudgetShape> {
  const terms = { of, per, measure, cap, window, atLimit };
  return { ...rest, accounts: [...rest.accounts], terms, says: showTerms(terms) };
}
