import { statefulIsAuthorized, type AuthorizationAnswer, type Entities } from '@cedar-policy/cedar-wasm/nodejs';
import type { RefusalCode, Verdict } from '../vocabulary/index.ts';
import type { Case } from './case.ts';
import { slotOf, type Law } from './law.ts';

/** What Cedar says when these policies are lifted. */
export type Put = (approvals: readonly string[]) => AuthorizationAnswer;

/**
 * Asks Cedar, once when it is permitted or finally forbidden, twice when only approvals are missing: a forbid that people may
 * lift can hide that nothing permits the act at all, and then nobody should be asked.
 *
 * @param put how Cedar is asked: of the whole set, if not said otherwise
 */
export function applyLaw(about: Case, law: Law, put: Put = putWhole(about, law)): Verdict {
  if (law.fault !== null) return refused('judging-failed', [], law.fault);
  const given = about.situation.approvals;
  const first = read(put(given));
  if (first.kind === 'settled') return first.verdict;

  const roles: string[] = [];
  let expiresInSeconds = Number.MAX_SAFE_INTEGER;
  for (const id of first.policies) {
    const approval = law.policies.get(id)?.approval ?? null;
    if (approval === null) return forbidden(first.policies, law);
    roles.push(approval.role);
    expiresInSeconds = Math.min(expiresInSeconds, approval.expiresInSeconds);
  }
  const second = read(put([...given, ...first.policies]));
  if (second.kind === 'forbidden') return forbidden(second.policies, law);
  if (second.verdict.kind !== 'permitted') return second.verdict;
  return { kind: 'needs-approval', policies: first.policies, roles, expiresInSeconds };
}

/** A verdict of refusal. */
export function refused(code: RefusalCode, policies: readonly string[], why: string): Verdict {
  return { kind: 'refused', code, policies, why };
}

type Answer =
  | { readonly kind: 'settled'; readonly verdict: Verdict }
  | { readonly kind: 'forbidden'; readonly policies: readonly string[] };

/** Of all policies at once, with everything, against the schema. */
function putWhole(about: Case, law: Law): Put {
  if (law.fault !== null) throw new Error(law.fault);
  const entities = entitiesOf(about);
  const slot = slotOf(law);
  return (approvals) =>
    statefulIsAuthorized({
      ...requestOf(about),
      context: contextOf(about, approvals),
      preparsedPolicySetId: slot,
      preparsedSchemaName: slot,
      validateRequest: true,
      entities,
    });
}

/** Who wants to do what with what, as Cedar takes it. */
export function requestOf({ agent, tool }: Case) {
  return {
    principal: { type: 'Reeve::Agent', id: agent.id },
    action: { type: 'Reeve::Action', id: 'act' },
    resource: { type: 'Reeve::Tool', id: tool.id },
  };
}

/** The situation as Cedar takes it. */
export function contextOf({ situation }: Case, approvals: readonly string[]) {
  const { today, mandateEnds, stopped, ...plain } = situation;
  return {
    ...plain,
    today: datetime(today),
    mandateEnds: datetime(mandateEnds),
    stopped: [...stopped],
    approvals: [...approvals],
    exhausted: [...plain.exhausted],
    ran: [...plain.ran],
  };
}

/** An erroring forbid is skipped by Cedar and the answer may then be *allow*: any error refuses. */
function read(answer: AuthorizationAnswer): Answer {
  if (answer.type === 'failure') {
    const why = answer.errors.map(({ message }) => message).join('; ');
    return { kind: 'settled', verdict: refused('judging-failed', [], why) };
  }
  const { decision, diagnostics } = answer.response;
  if (diagnostics.errors.length > 0) {
    const policies = diagnostics.errors.map(({ policyId }) => policyId);
    return { kind: 'settled', verdict: refused('judging-failed', policies, 'a policy could not be evaluated') };
  }
  const policies = [...diagnostics.reason].sort();
  if (decision === 'allow') return { kind: 'settled', verdict: { kind: 'permitted', policies } };
  if (policies.length === 0) {
    return { kind: 'settled', verdict: refused('no-permit', [], 'the capability map does not grant this') };
  }
  return { kind: 'forbidden', policies };
}

const CODE_OF_POLICY: Readonly<Record<string, RefusalCode>> = {
  'agent-not-active': 'agent-not-active',
  'amount-over-ceiling': 'over-limit',
  'budget-spent': 'over-budget',
  'mandate-over': 'agent-not-active',
  'stopped-agent': 'stopped',
  'stopped-class': 'stopped',
  'stopped-everything': 'stopped',
  'stopped-tenant': 'stopped',
  'stopped-tool': 'stopped',
  'stopped-tree': 'stopped',
  'stopped-version': 'stopped',
};

/** Names the forbids that nobody may lift. */
function forbidden(policies: readonly string[], law: Law): Verdict {
  const hard = policies.filter((id) => (law.policies.get(id)?.approval ?? null) === null);
  const [first = ''] = hard;
  const code = Object.hasOwn(CODE_OF_POLICY, first) ? CODE_OF_POLICY[first] : undefined;
  return refused(code ?? 'forbidden', hard, law.policies.get(first)?.why ?? '');
}

/** Agent, tool, what the tool requires, and their tenants. */
export function entitiesOf({ agent, tool }: Case): Entities {
  const tenant = (id: string) => ({ __entity: { type: 'Reeve::Tenant', id } });
  const required = { type: 'Reeve::Capability', id: tool.id };
  const tenants = agent.tenant === tool.tenant ? [agent.tenant] : [agent.tenant, tool.tenant];
  return [
    {
      uid: { type: 'Reeve::Agent', id: agent.id },
      attrs: { tenant: tenant(agent.tenant), role: agent.role, status: agent.status },
      parents: agent.granted ? [required] : [],
    },
    {
      uid: { type: 'Reeve::Tool', id: tool.id },
      attrs: {
        tenant: tenant(tool.tenant),
        required: { __entity: required },
        class: tool.class,
        risk: tool.risk,
        external: tool.external,
        clearance: tool.clearance,
        movesMoney: tool.movesMoney,
      },
      parents: [],
    },
    { uid: required, attrs: {}, parents: [] },
    ...tenants.map((id) => ({ uid: { type: 'Reeve::Tenant', id }, attrs: {}, parents: [] })),
  ];
}

function datetime(day: string) {
  return { __extn: { fn: 'datetime', arg: day } };
}
