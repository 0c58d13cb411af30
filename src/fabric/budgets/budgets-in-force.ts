import { type Budget, type BudgetTerms } from '../../govern/index.ts';
import type { Document, TenantId } from '../../vocabulary/index.ts';
import type { Standing } from '../standing.ts';

/** What a budget's document holds: its terms, and why it is there. Null: it was removed. */
export interface BudgetContent {
  readonly terms: BudgetTerms | null;
  readonly reason: string;
}

const NONE: readonly Budget[] = [];
/** Read once for each change of the law, not once for each act. */
const known = new WeakMap<readonly Document[], readonly Budget[]>();

/** The budgets that a standing holds. */
export function budgetsIn({ documents }: Pick<Standing, 'documents'>): readonly Budget[] {
  const laid = documents.get('budget');
  if (laid === undefined) return NONE;
  const before = known.get(laid);
  if (before !== undefined) return before;
  const budgets = laid.flatMap((document) => budgetOf(document as Document<BudgetContent>) ?? []);
  known.set(laid, budgets);
  return budgets;
}

/** A budget as its document says; null when it was removed. */
export function budgetOf({ id, tenant, content }: Document<BudgetContent>): Budget | null {
  if (content.terms === null) return null;
  return { ...content.terms, id, tenant: tenant === 'platform' ? '*' : (tenant as TenantId) };
}
