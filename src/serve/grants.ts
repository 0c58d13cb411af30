import { z } from '@hono/zod-openapi';
import type { BreakGlassGrant } from '../fabric/index.ts';
import type { Document } from '../vocabulary/index.ts';
import type { ApiDeps } from './deps.ts';
import { documentPage } from './document-pages.ts';
import { endpoint, type Endpoint } from './endpoint.ts';
import { MotionShape, motionShown } from './motions.ts';
import { Reason } from './reason.ts';
import { AgentName, CursorText, Limit, MoneyShape, pageOf, TenantName, Time, ToolName } from './shapes.ts';
import { withinPatience } from './within.ts';

const GrantId = z.string().regex(/^grt_[0-9a-f]{32}$/);
const State = z.enum(['in-force', 'ended', 'revoked', 'to-review', 'unreviewed', 'reviewed']);
const Lifts = z
  .array(z.string().min(1).max(100))
  .min(1)
  .max(20)
  .openapi({ description: 'policies that people may lift, by id' });

const GrantShape = z
  .object({
    id: z.string(),
    tenant: TenantName,
    form: z.enum(['standing', 'break-glass']),
    state: State,
    agent: AgentName.nullable(),
    tool: ToolName.nullable(),
    lifts: z.array(z.string()),
    resource: z.string().openapi({ description: 'prefix; empty: any' }),
    upTo: MoneyShape.nullable(),
    uses: z.int().openapi({ description: 'the most' }),
    from: Time,
    until: Time,
    by: z.array(z.string()),
    reason: z.string(),
    review: z
      .object({
        dueAt: Time,
        by: z.string().nullable(),
        answer: z.enum(['justified', 'not-justified']).nullable(),
        reason: z.string(),
        late: z.boolean(),
      })
      .nullable()
      .openapi({ description: 'broken glass that one person opened: what somebody else says about it' }),
  })
  .openapi('Grant');

const GrantWish = z
  .strictObject({
    tenant: TenantName,
    agent: AgentName,
    tool: ToolName,
    lifts: Lifts,
    resource: z.string().max(300).default(''),
    upTo: MoneyShape.nullable().default(null).openapi({ description: 'null: no act that moves money' }),
    uses: z.int().min(1),
    until: Time.openapi({ description: 'within 30 days, or what the law says' }),
    reason: Reason,
  })
  .openapi('GrantWish');
const BreakGlassWish = z
  .strictObject({
    tenant: TenantName,
    agent: AgentName.nullable().default(null),
    tool: ToolName.nullable().default(null),
    lifts: Lifts,
    minutes: z.int().min(1).max(60),
    alone: z
      .boolean()
      .default(false)
      .openapi({ description: 'true: at once, and somebody else reviews it within 24 hours' }),
    reason: Reason,
  })
  .openapi('BreakGlassWish');
const ReviewWish = z
  .strictObject({ answer: z.enum(['justified', 'not-justified']), reason: Reason })
  .openapi('BreakGlassReview');

const BODY = { 413: 'The body is too large', 415: 'Not JSON' };
const MISSING = { ...BODY, 404: 'No such grant, or not where whoever asks may look', 409: 'It is over already' };

/** Answers in advance, and the glass to be broken in an emergency. */
export function grantEndpoints({ fabric, documentsFor }: ApiDeps): readonly Endpoint[] {
  const { grants, motions } = fabric;
  return [
    endpoint({
      method: 'get',
      path: '/v1/grants',
      right: 'record.read',
      tag: 'grants',
      summary: 'Answers in advance, and broken glass',
      query: z.strictObject({ state: State.optional(), cursor: CursorText.optional(), limit: Limit }),
      answers: { 200: { description: 'By id', schema: pageOf(GrantShape).openapi('GrantPage') } },
      async handle({ query, tenants }) {
        return { status: 200, body: await documentPage(documentsFor(tenants), 'standing-grant', query, shown) };
      },
    }),
    endpoint({
      method: 'post',
      path: '/v1/grants',
      right: 'approvals.answer',
      tag: 'grants',
      summary: 'Propose an answer in advance',
      tenantOf: ({ body }) => body.tenant,
      body: GrantWish,
      answers: { 202: { description: 'Proposed', schema: MotionShape } },
      problems: { ...BODY, 404: 'No such agent or tool' },
      async handle({ body: { reason, ...wish }, principal }) {
        return {
          status: 202,
          body: motionShown(await withinPatience(motions.propose(principal, 'grant.make', wish, reason))),
        };
      },
    }),
    endpoint({
      method: 'post',
      path: '/v1/grants/{id}/revoke',
      right: 'approvals.answer',
      tag: 'grants',
      summary: 'End a grant or broken glass at once',
      params: z.object({ id: GrantId }),
      body: z.strictObject({ reason: Reason }).openapi('RevokeWish'),
      answers: { 200: { description: 'It is over', schema: GrantShape } },
      problems: MISSING,
      async handle({ params: { id }, body: { reason }, principal }) {
        const found = await withinPatience(grants.revoke(principal, id, reason));
        return { status: 200, body: shown(found as Document<BreakGlassGrant>) };
      },
    }),
    endpoint({
      method: 'post',
      path: '/v1/break-glass',
      right: 'break-glass.open',
      tag: 'grants',
      summary: 'Break the glass: by two people, or alone with a review afterwards',
      description: 'Lifts only what people may lift at all; a stop still stops, and everything is on record.',
      tenantOf: ({ body }) => body.tenant,
      body: BreakGlassWish,
      answers: {
        200: { description: 'It is open', schema: z.union([GrantShape, MotionShape]) },
        202: { description: 'Proposed', schema: z.union([GrantShape, MotionShape]) },
      },
      problems: { ...BODY, 404: 'No such agent or tool', 409: 'With one operator only it is proposed, not opened' },
      async handle({ body: { alone, reason, ...wish }, principal }) {
        if (alone)
          return { status: 200, body: shown(await withinPatience(grants.breakGlass.open(principal, wish, reason))) };
        return {
          status: 202,
          body: motionShown(await withinPatience(motions.propose(principal, 'break-glass.open', wish, reason))),
        };
      },
    }),
    endpoint({
      method: 'post',
      path: '/v1/break-glass/{id}/review',
      right: 'reviews.answer',
      tag: 'grants',
      summary: 'Say whether breaking the glass was justified',
      params: z.object({ id: GrantId }),
      body: ReviewWish,
      answers: { 200: { description: 'Reviewed', schema: GrantShape } },
      problems: { ...MISSING, 409: 'It is reviewed already, or whoever asks opened it' },
      async handle({ params: { id }, body: { answer, reason }, principal }) {
        return {
          status: 200,
          body: shown(await withinPatience(grants.breakGlass.review(principal, id, answer, reason))),
        };
      },
    }),
  ];
}

function shown({ id, tenant, state, content }: Document<BreakGlassGrant>): z.input<typeof GrantShape> {
  // Those for equal requests have none.
  const review = content.review ?? null;
  return {
    id,
    tenant,
    state: state as z.input<typeof State>,
    form: content.form,
    agent: content.agent,
    tool: content.tool,
    lifts: content.lifts.map(({ policy }) => policy),
    resource: content.resource,
    upTo: content.upTo,
    uses: content.uses,
    from: new Date(content.from).toISOString(),
    until: new Date(content.until).toISOString(),
    by: [...content.by],
    reason: content.reason,
    review: review && { ...review, dueAt: new Date(review.dueAt).toISOString() },
  };
}
