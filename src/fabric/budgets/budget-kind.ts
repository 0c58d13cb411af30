import { z } from 'zod';
import type { Registry } from '../../fleet/index.ts';
import { BudgetTerms, tightens } from '../../govern/index.ts';
import { Misuse, type AgentId, type Document, type Json, type TenantId } from '../../vocabulary/index.ts';
import { newDocument, revise, type Documents } from '../documents.ts';
import type { MotionKind } from '../motions.ts';
import type { BudgetContent } from './budgets-in-force.ts';
import { showTerms } from './in-words.ts';

export const BUDGET_CHANGE = 'budget.change';

/** What is wanted of one budget. */
const BudgetChange = z.strictObject({
  /** `*`: of every tenant. */
  tenant: z.string().regex(/^(\*|[a-z0-9][a-z0-9._-]*)$/, 'the name of a tenant, or `*`'),
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'a lower-case name with hyphens'),
  /** The revision that whoever wants this has seen; 0: there was none. Any other, and it is another change. */
  rev: z.int().min(0),
  /** Null: it is removed. */
  terms: BudgetTerms.nullable(),
});
type BudgetChange = z.infer<typeof BudgetChange>;

/** Where a budget stands among the documents. */
export function budgetId({ tenant, name }: Pick<BudgetChange, 'tenant' | 'name'>): string {
  return `${placeOf(tenant)}/${name}`;
}

/**
 * Setting and removing budgets. Whoever has the right may lower a cap or add a budget alone; what lets through anything that was
 * stopped before needs a second person.
 */
export function budgetChange({
  documents,
  registry,
}: {
  readonly documents: Documents;
  readonly registry: Registry;
}): MotionKind<BudgetChange> {
  return {
    kind: BUDGET_CHANGE,
    right: 'budgets.change',
    schema: BudgetChange,
    tenantOf: ({ tenant }) => tenant as TenantId | '*',
    says: ({ terms, ...which }) =>
      terms === null ? `remove budget \`${budgetId(which)}\`` : `budget \`${budgetId(which)}\`: ${showTerms(terms)}`,
    async needsSecond(body) {
      const before = await read(body);
      return !tightens(before?.content.terms ?? null, body.terms);
    },
    async carryOut(body, { id: motion, by, reason }) {
      const before = await read(body);
      if (body.terms === null && (before?.content.terms ?? null) === null) {
        throw new Misuse('not-found', `there is no budget \`${budgetId(body)}\``);
      }
      if (body.terms !== null) checkTerms(body.tenant, body.terms, registry);
      const place = placeOf(body.tenant);
      const laid = { state: body.terms === null ? 'removed' : 'in-force', content: { terms: body.terms, reason } };
      const id = budgetId(body);
      return {
        entries: [
          {
            kind: 'budget.changed',
            tenant: place as TenantId,
            run: null,
            agent: null,
            body: {
              budget: id,
              rev: body.rev + 1,
              before: (before?.content.terms ?? null) as Json,
              after: body.terms as Json,
              by: [...by],
              reason,
              motion,
            },
          },
        ],
        documents: [before === null ? newDocument('budget', id, place, laid) : revise(before, laid)],
        changesLaw: true,
      };
    },
  };

  /** As it stands, which must be as it was seen: what tightens one budget would loosen a stricter one. */
  async function read(body: BudgetChange): Promise<Document<BudgetContent> | null> {
    const id = budgetId(body);
    const document = await documents.find<BudgetContent>('budget', id);
    if ((document?.rev ?? 0) !== body.rev) {
      throw new Misuse('changed-meanwhile', `somebody else has changed budget \`${id}\` meanwhile: look again`);
    }
    return document;
  }
}

/** Someone who caps what does not exist believes it to be capped. */
function checkTerms(tenant: string, { of, per }: BudgetTerms, registry: Registry): void {
  const covered = tenant === '*' ? of.tenant : tenant;
  if (of.tenant !== undefined && tenant !== '*' && of.tenant !== tenant) {
    throw new Misuse('bad-request', `a budget of \`${tenant}\` covers acts of \`${tenant}\` only`);
  }
  if (per === 'everything' && tenant !== '*') {
    throw new Misuse('bad-request', '`per: everything` is one account for all tenants', {
      fix: 'set it for tenant `*`, or use `per: tenant`',
    });
  }
  if (covered !== undefined && !registry.fleets.some((fleet) => fleet.tenant === covered)) {
    throw new Misuse('unknown-tenant', `there is no tenant \`${covered}\``);
  }
  const isHere = (one: { readonly tenant: string }) => covered === undefined || one.tenant === covered;
  if (of.agent !== undefined) {
    const agent = registry.agent(of.agent as AgentId);
    if (agent === null || !isHere(agent)) throw new Misuse('unknown-agent', `there is no agent \`${of.agent}\``);
  }
  if (of.role !== undefined && !registry.agents.some((agent) => agent.role === of.role && isHere(agent))) {
    throw new Misuse('unknown-agent', `no agent has the role \`${of.role}\``);
  }
}

function placeOf(tenant: string): string {
  return tenant === '*' ? 'platform' : tenant;
}
