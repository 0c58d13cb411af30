import { z } from '@hono/zod-openapi';
import type { Seen } from '../fabric/index.ts';
import { APPROVAL_STATES, type Approval, type EffectClass, type Json, type Tool } from '../vocabulary/index.ts';
import {
  AgentName,
  AnyJson,
  ApprovalIdText,
  DigestText,
  EffectClassText,
  LabelShape,
  MoneyShape,
  PermitIdText,
  PersonIdText,
  RunIdText,
  TenantName,
  Time,
  ToolName,
} from './shapes.ts';

export const ApprovalStateText = z.enum(APPROVAL_STATES);

const StageShape = z.object({
  of: z.array(z.string()).readonly().openapi({ description: 'approver names, of which each person needs one' }),
  need: z.int(),
  approved: z.int().openapi({ description: 'people who have approved the question as it stands' }),
});

const RequirementShape = z.object({
  policy: z.string(),
  why: z.string().openapi({ description: 'why the policy stopped it' }),
  rule: z.string(),
  stages: z.array(StageShape).openapi({ description: 'one after the other' }),
  separate: z.array(z.string()).readonly().openapi({ description: 'who may not answer, whatever names they bear' }),
  escalations: z
    .array(z.object({ at: Time, to: z.string() }))
    .openapi({ description: 'to whom it goes when nobody answers' }),
  delegable: z.boolean(),
  batch: z.boolean().openapi({ description: 'may be answered together with others' }),
  dwellSeconds: z.int().openapi({ description: 'least time to have had it before one' }),
});

const Eligibility = z.object({
  may: z.boolean(),
  why: z.string().openapi({ description: 'why not; or for what the answer counts' }),
  onBehalfOf: PersonIdText.nullable(),
  waitSeconds: z.int().openapi({ description: 'until an approval is taken; nobody is too early to decline' }),
});

/** A question, and exactly what would be executed. */
export const ApprovalItem = z
  .object({
    id: ApprovalIdText,
    digest: DigestText.openapi({ description: 'of all that an answer is for: every answer names it' }),
    state: ApprovalStateText,
    why: z.string().openapi({ description: 'why it stands where it stands' }),
    round: z.int().openapi({ description: 'how often it was asked before, each time voided by a change' }),
    run: RunIdText,
    step: z.int(),
    permit: PermitIdText,
    tenant: TenantName,
    agent: AgentName,
    agentVersion: DigestText,
    principal: PersonIdText.nullable().openapi({ description: 'on whose behalf; null: a source brought the event' }),
    tool: ToolName,
    class: EffectClassText.nullable(),
    system: z.string().nullable(),
    arguments: AnyJson.openapi({ description: 'exactly what would be executed' }),
    argumentsText: z.string().openapi({ description: 'the same, byte for byte' }),
    amount: MoneyShape.nullable(),
    resource: z.string(),
    resourceVersion: z.string().nullable(),
    label: LabelShape,
    policies: z.array(z.string()),
    roles: z.array(z.string()).openapi({ description: 'approver names that are asked' }),
    requirements: z.array(RequirementShape),
    askedAt: Time,
    expiresAt: Time,
    silence: z.literal('refused').openapi({ description: 'what it means when nobody answers by then' }),
    usableAt: Time.nullable().openapi({ description: 'with one operator only: when the approval may be used' }),
    you: Eligibility.openapi({ description: 'whether whoever asks may answer' }),
    bundle: DigestText.openapi({ description: 'the same for requests that are alike' }),
  })
  .openapi('Approval');

const Vote = z.object({
  person: PersonIdText,
  onBehalfOf: PersonIdText.nullable(),
  as: z.array(z.string()).readonly(),
  kind: z.enum(['approve', 'decline']),
  reason: z.string(),
  at: Time,
  dwellSeconds: z.number().nullable(),
  stands: z.boolean().openapi({ description: 'false: it was for the question before an edit' }),
});

const Earlier = z.object({
  id: ApprovalIdText,
  state: ApprovalStateText,
  why: z.string(),
  amount: MoneyShape.nullable(),
  resource: z.string(),
  askedAt: Time,
});

export const ApprovalShown = ApprovalItem.extend({
  rendered: z
    .array(z.tuple([z.string(), z.string()]))
    .openapi({ description: 'what the answer is bound to, line by line' }),
  original: z
    .object({ arguments: AnyJson, argumentsText: z.string(), digest: DigestText, editedBy: PersonIdText })
    .nullable()
    .openapi({ description: 'as the agent wanted it, when somebody edited it' }),
  votes: z.array(Vote),
  remarks: z.array(z.object({ person: PersonIdText, to: z.string(), text: z.string(), at: Time })),
  rounds: z.array(Earlier).openapi({ description: 'all that was ever asked about this act' }),
  alike: z.array(Earlier).openapi({ description: 'what was answered to this agent about this tool before' }),
}).openapi('ApprovalInFull');

export function approvalItem(seen: Seen, tool: Tool | null): z.input<typeof ApprovalItem> {
  const { approval, digest, eligibility, bundle } = seen;
  const { bound, requirements, widened, notBefore } = approval;
  const { rule: _rule, rendered: _rendered, nonce: _nonce, law: _law, toolDigest: _tool, expiresAt, ...act } = bound;
  const whyOf = new Map(seen.stoppedBy.map(({ policy, why }) => [policy, why]));
  const roles = [
    ...requirements.flatMap(({ stages }) => stages.flatMap(({ of }) => of)),
    ...widened.map(({ to }) => to),
  ];
  return {
    ...act,
    id: approval.id,
    digest,
    state: approval.state,
    why: approval.why,
    round: approval.round,
    permit: approval.permit,
    class: (tool?.effect ?? null) as EffectClass | null,
    system: tool?.call.kind === 'http' ? tool.call.system : null,
    arguments: JSON.parse(bound.argumentsText) as Json,
    policies: requirements.map(({ policy }) => policy),
    roles: [...new Set(roles)],
    requirements: requirements.map(({ stages, policy, escalations, distinct: _, ...rest }) => ({
      ...rest,
      policy,
      why: whyOf.get(policy) ?? '',
      escalations: escalations.map(({ at, to }) => ({ at: time(at), to })),
      stages: stages.map(({ of, need }, stage) => ({
        of: [...of, ...widened.filter((one) => one.policy === policy && one.stage === stage).map(({ to }) => to)],
        need,
        approved: seen.progress.find((one) => one.policy === policy && one.stage === stage)?.approved ?? 0,
      })),
    })),
    askedAt: time(approval.askedAt),
    expiresAt: time(expiresAt),
    silence: 'refused',
    usableAt: notBefore === null ? null : time(notBefore),
    you: eligibility,
    bundle,
  };
}

export function approvalShown(
  seen: Seen,
  tool: Tool | null,
  originalDigest: string | null,
  earlier: { readonly rounds: readonly Approval[]; readonly alike: readonly Approval[] },
): z.input<typeof ApprovalShown> {
  const { approval, digest, lines } = seen;
  const { original, votes, remarks } = approval;
  return {
    ...approvalItem(seen, tool),
    rendered: lines.map(([name, value]) => [name, value]),
    original:
      original === null || originalDigest === null
        ? null
        : {
            arguments: JSON.parse(original.bound.argumentsText) as Json,
            argumentsText: original.bound.argumentsText,
            digest: originalDigest,
            editedBy: original.editedBy,
          },
    votes: votes.map(({ counts: _counts, alone: _alone, bound, at, ...vote }) => ({
      ...vote,
      at: time(at),
      stands: bound === digest,
    })),
    remarks: remarks.map(({ at, ...remark }) => ({ ...remark, at: time(at) })),
    rounds: earlier.rounds.map(earlierShown),
    alike: earlier.alike.map(earlierShown),
  };
}

function earlierShown({ id, state, why, bound, askedAt }: Approval): z.input<typeof Earlier> {
  return { id, state, why, amount: bound.amount, resource: bound.resource, askedAt: time(askedAt) };
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}
