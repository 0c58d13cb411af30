import { z } from '@hono/zod-openapi';
import type { Approvals } from '../fabric/index.ts';
import type { TenantId } from '../vocabulary/index.ts';
import type { ApiDeps } from './deps.ts';
import { endpoint, type Endpoint } from './endpoint.ts';
import { PersonIdText, TenantName, Time } from './shapes.ts';
import { withinPatience } from './within.ts';

const DelegationIdText = z.string().regex(/^dlg_[0-9a-f]{32}$/);
const ApproverName = z.string().min(1).max(64);

const DelegationShape = z
  .object({
    id: DelegationIdText,
    tenant: TenantName,
    state: z.string().openapi({ description: '`in-force`, `revoked` or `over`' }),
    from: PersonIdText,
    to: PersonIdText,
    names: z.array(z.string()).openapi({ description: 'approver names that are lent' }),
    until: Time,
    reason: z.string(),
    depth: z.int().openapi({ description: '1: their own names; 2: names that were lent to them' }),
  })
  .openapi('Delegation');

const Wish = z
  .strictObject({
    to: PersonIdText,
    tenant: TenantName,
    names: z.array(ApproverName).min(1).max(50).optional().openapi({ description: 'without: all that you bear there' }),
    until: Time.openapi({ description: 'at most 90 days from now' }),
    reason: z.string().trim().min(1).max(1_000).openapi({ description: 'goes on record' }),
  })
  .openapi('DelegationWish');

const Refused = { 404: 'There is no such delegation, or not for whoever asks', 409: 'It is over already' };

/** Who answers for whom while they are away. */
export function delegationEndpoints({ fabric: { approvals } }: ApiDeps): readonly Endpoint[] {
  const { delegations } = approvals;
  return [
    endpoint({
      method: 'get',
      path: '/v1/delegations',
      tag: 'approvals',
      right: 'record.read',
      summary: 'Who answers for whom now',
      answers: { 200: { description: 'All that are in force', schema: z.object({ items: z.array(DelegationShape) }) } },
      async handle({ tenants }) {
        const found =
          tenants === '*'
            ? await delegations.running()
            : (await Promise.all(tenants.map((tenant) => delegations.running(tenant)))).flat();
        return { status: 200, body: { items: found.map(shown) } };
      },
    }),
    endpoint({
      method: 'post',
      path: '/v1/delegations',
      tag: 'approvals',
      right: 'approvals.delegate',
      tenantOf: ({ body }) => body.tenant,
      summary: 'Let somebody answer for you',
      description:
        'Whoever answers for you counts as themselves and as you: neither of you may be one whom the rule keeps out. What was lent ' +
        'to you can be passed on once, for no longer than you have it.',
      body: Wish,
      answers: { 201: { description: 'It is in force', schema: DelegationShape } },
      problems: { 413: 'The body is too large', 415: 'Not JSON' },
      async handle({ body: { names, until, ...wish }, principal }) {
        const lent = await withinPatience(
          delegations.lend(principal, { ...wish, until: Date.parse(until), ...(names !== undefined && { names }) }),
        );
        return { status: 201, body: shown(lent) };
      },
    }),
    endpoint({
      method: 'post',
      path: '/v1/delegations/{id}/revoke',
      tag: 'approvals',
      right: 'record.read',
      summary: 'Take a delegation back',
      description: 'By who lent it, who has it, or who manages people there. It ends at once.',
      params: z.strictObject({ id: DelegationIdText }),
      body: z.strictObject({ reason: z.string().trim().min(1).max(1_000) }),
      answers: { 200: { description: 'It is over', schema: DelegationShape } },
      problems: { ...Refused, 413: 'The body is too large', 415: 'Not JSON' },
      async handle({ params: { id }, body: { reason }, principal }) {
        return { status: 200, body: shown(await withinPatience(delegations.revoke(principal, id, reason))) };
      },
    }),
  ];
}

type Lent = Awaited<ReturnType<Approvals['delegations']['lend']>>;

function shown({ id, tenant, state, content }: Lent): z.input<typeof DelegationShape> {
  const { from, to, names, until, reason, depth } = content;
  return {
    id,
    tenant: tenant as TenantId,
    state,
    from,
    to,
    names: [...names],
    until: new Date(until).toISOString(),
    reason,
    depth,
  };
}
