import {
  NO_LABEL,
  type AgentId,
  type Approval,
  type ApprovalId,
  type Digest,
  type PermitId,
  type PersonId,
  type RunId,
  type TenantId,
  type ToolId,
} from '../../vocabulary/index.ts';
import type { AnswerContext, Delegator } from './eligible.ts';
import { openApproval, type ActNow, type Asking } from './open.ts';
import { Rules } from './rules.ts';

/** Monday, 2 March 2026, 09:00 UTC. */
export const ASKED_AT = Date.UTC(2026, 2, 2, 9);

export const ACT: ActNow = {
  tenant: 'north' as TenantId,
  run: 'run_1' as RunId,
  step: 0,
  agent: 'claims-clerk.north' as AgentId,
  agentVersion: `sha256:${'a'.repeat(64)}`,
  principal: 'per_requester' as PersonId,
  tool: 'erp.propose-payment' as ToolId,
  toolDigest: `sha256:${'b'.repeat(64)}`,
  argumentsText: '{"amount":900}',
  amount: { minor: 90_000, currency: 'EUR' },
  resource: 'claim/1',
  resourceVersion: '7',
  label: NO_LABEL,
  law: `sha256:${'c'.repeat(64)}` as Digest,
};

/** One policy for each rule that is given, named like it; what a rule leaves out is ordinary. */
export function asking(
  rules: Readonly<Record<string, Record<string, unknown>>>,
  calendars: Record<string, unknown> = {},
): Asking {
  const named = Object.entries(rules).map(([name, rule]) => [
    name,
    { stages: [{ of: ['controller'], need: 1 }], expires: 'P7D', ...rule },
  ]);
  return {
    policies: Object.keys(rules),
    policyOf: (policy) => ({ id: policy, approval: null, rule: policy }),
    rules: Rules.parse({ rules: Object.fromEntries(named) as unknown, calendars }),
  };
}

/** A question that was just put under these rules. */
export function question(
  rules: Readonly<Record<string, Record<string, unknown>>> = { plain: {} },
  more: { act?: Partial<ActNow>; owner?: string; authors?: readonly string[]; id?: string } = {},
): Approval {
  return openApproval({
    ...asking(rules),
    id: (more.id ?? 'apr_1') as ApprovalId,
    permit: 'prm_1' as PermitId,
    round: 0,
    act: { ...ACT, ...more.act },
    owner: more.owner ?? 'finance-operations',
    authors: (more.authors ?? ['per_author']) as PersonId[],
    now: ASKED_AT,
    nonce: 'nonce-0',
  });
}

/** Somebody who answers a minute after it was asked, as a controller unless said otherwise. */
export function by(person: string, more: Partial<AnswerContext> & { teams?: readonly string[] } = {}): AnswerContext {
  const { teams = [], ...context } = more;
  return {
    principal: { person: id(person), name: person, teams },
    names: ['controller'],
    delegators: [],
    now: ASKED_AT + 60_000,
    dwellSeconds: 60,
    single: false,
    singleDelayMs: 3_600_000,
    ...context,
  };
}

/** Somebody who has lent their names. */
export function lends(
  person: string,
  names: readonly string[] = ['controller'],
  more: Partial<Delegator> = {},
): Delegator {
  return { person: id(person), names, teams: [], ...more };
}

export function id(person: string): PersonId {
  return `per_${person}` as PersonId;
}
