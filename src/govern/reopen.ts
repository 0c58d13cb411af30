import { messageOf, type TenantId, type Verdict } from '../vocabulary/index.ts';
import type { Case } from './case.ts';
import type { Law } from './law.ts';
import { sliceLaw } from './slices.ts';
import { tightenedBy } from './tenant-law.ts';

/** A case on record that can be judged again, with the amount of each intent that it was the case of. */
export interface Reopened {
  /** As recorded: what budgets without room asked for, and what people had lifted. */
  readonly exhausted: readonly string[];
  readonly approvals: readonly string[];
  /**
   * @param amountMinor of the intent, 0 when it moved no money
   * @param exhausted what budgets without room ask for, when that is not what it was
   */
  judge(amountMinor: number, exhausted?: readonly string[]): Verdict | CannotJudge;
}

/** Why there is no verdict. */
export interface CannotJudge {
  readonly kind: 'cannot-judge';
  readonly why: string;
}

/**
 * Opens cases as they are on record (the text of a `PlainCase`) under a law that may be another than the one they were judged
 * by. What its policies cannot tell apart is put to Cedar once.
 *
 * A case that this law's schema does not fit, as when it was recorded by an older version, has no verdict: it would be refused
 * for a reason that has nothing to do with what was asked.
 *
 * @param tightened what tenants forbid beyond it, by tenant; it may grow before a tenant's first case is opened
 * Opening throws Misuse `bad-policy` when a tenant's policies do not go with it.
 */
export function reopenUnder(law: Law, tightened: ReadonlyMap<string, string> = new Map()): (text: string) => Reopened {
  const judgeOfAll = sliceLaw(law);
  const own = new Map<string, ReturnType<typeof sliceLaw>>();
  const judgeOf = (tenant: string) => {
    const policies = tightened.get(tenant);
    if (policies === undefined) return judgeOfAll;
    const known = own.get(tenant);
    if (known !== undefined) return known;
    const made = sliceLaw(tightenedBy(law, tenant as TenantId, policies), { slots: `${law.slot} ${tenant}` });
    own.set(tenant, made);
    return made;
  };
  return (text) => {
    const plain = parse(text);
    if (plain === null) {
      const why = 'the case cannot be read';
      return { exhausted: [], approvals: [], judge: () => ({ kind: 'cannot-judge', why }) };
    }
    const judge = judgeOf(plain.agent.tenant);
    const { exhausted: recorded = [], approvals = [] } = plain.situation as Partial<Case['situation']>;
    return {
      exhausted: recorded,
      approvals,
      judge(amountMinor, exhausted) {
        const situation = { ...plain.situation, amountMinor, ...(exhausted !== undefined && { exhausted }) };
        const verdict = judgeAgain({ ...plain, situation }, judge);
        return verdict.kind === 'permitted' ? hold(verdict, exhausted ?? recorded, approvals) : verdict;
      },
    };
  };
}

/** As the gate does: what a budget has no room for is not permitted, whatever the policies say. */
function hold(verdict: Verdict, exhausted: readonly string[], approvals: readonly string[]): Verdict {
  const stops = exhausted.some((word) => word !== 'ask' || !approvals.includes('budget-asks'));
  return stops ? { kind: 'refused', code: 'over-budget', policies: [], why: 'a budget has no room for it' } : verdict;
}

function parse(text: string): Case | null {
  try {
    const plain = JSON.parse(text) as { agent?: unknown; tool?: unknown; situation?: unknown } | null;
    const parts = [plain?.agent, plain?.tool, plain?.situation];
    return parts.every((part) => typeof part === 'object' && part !== null) ? (plain as Case) : null;
  } catch {
    return null;
  }
}

function judgeAgain(about: Case, judge: (about: Case) => Verdict): Verdict | CannotJudge {
  try {
    const verdict = judge(about);
    // Without a policy that is to blame it is the request that Cedar could not take.
    const notTaken = verdict.kind === 'refused' && verdict.code === 'judging-failed' && verdict.policies.length === 0;
    return notTaken ? { kind: 'cannot-judge', why: `the case does not fit the schema: ${verdict.why}` } : verdict;
  } catch (error) {
    return { kind: 'cannot-judge', why: `the case cannot be read: ${messageOf(error)}` };
  }
}
