import { z } from '@hono/zod-openapi';
import type { Review } from '../fabric/index.ts';
import { AUTONOMY_LEVELS, type Document } from '../vocabulary/index.ts';
import type { ApiDeps } from './deps.ts';
import { documentPage } from './document-pages.ts';
import { endpoint, type Endpoint } from './endpoint.ts';
import { Reason } from './reason.ts';
import {
  AgentName,
  CursorText,
  DigestText,
  Limit,
  MoneyShape,
  pageOf,
  PermitIdText,
  RunIdText,
  Seq,
  TenantName,
  Time,
  ToolName,
} from './shapes.ts';
import { withinPatience } from './within.ts';

const State = z.enum(['open', 'overdue', 'answered']);
const ReviewShape = z
  .object({
    id: z.string(),
    tenant: TenantName,
    state: State,
    dueAt: Time.nullable(),
    permit: PermitIdText,
    run: RunIdText,
    agent: AgentName,
    agentVersion: DigestText,
    tool: ToolName,
    toolDigest: DigestText,
    level: z.enum(AUTONOMY_LEVELS).openapi({ description: 'at which it was done' }),
    amount: MoneyShape.nullable(),
    resource: z.string(),
    why: z.string(),
    argumentsDigest: DigestText,
    requester: z.string().nullable(),
    seq: Seq,
    openedAt: Time,
    answer: z.enum(['ok', 'not-ok']).nullable(),
    reason: z.string(),
    by: z.string().nullable(),
    late: z.boolean().openapi({ description: 'answered after its time: right counts for nothing then' }),
  })
  .openapi('Review');
const AnswerWish = z.strictObject({ answer: z.enum(['ok', 'not-ok']), reason: Reason }).openapi('ReviewAnswer');

/** What was done without asking, looked at afterwards. */
export function reviewEndpoints({ fabric, documentsFor }: ApiDeps): readonly Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: '/v1/reviews',
      right: 'record.read',
      tag: 'reviews',
      summary: 'What was done without asking and is to be looked at',
      query: z.strictObject({ state: State.default('open'), cursor: CursorText.optional(), limit: Limit }),
      answers: { 200: { description: 'By id', schema: pageOf(ReviewShape).openapi('ReviewPage') } },
      async handle({ query, tenants }) {
        return { status: 200, body: await documentPage(documentsFor(tenants), 'review', query, shown) };
      },
    }),
    endpoint({
      method: 'post',
      path: '/v1/reviews/{id}/answer',
      right: 'reviews.answer',
      tag: 'reviews',
      summary: 'Say whether it was right',
      description: 'Goes on record as evidence for or against the agent’s autonomy.',
      params: z.object({ id: z.string().regex(/^rev_[0-9a-f]{32}$/) }),
      body: AnswerWish,
      answers: { 200: { description: 'Answered', schema: ReviewShape } },
      problems: {
        404: 'No such review, or not where whoever asks may look',
        409: 'Somebody has answered it',
        413: 'The body is too large',
        415: 'Not JSON',
      },
      async handle({ params: { id }, body: { answer, reason }, principal }) {
        const answered = await withinPatience(fabric.reviews.answer(principal, id, answer, reason));
        return { status: 200, body: shown(answered) };
      },
    }),
  ];
}

function shown({ id, tenant, state, dueAt, content }: Document<Review>): z.input<typeof ReviewShape> {
  return {
    id,
    tenant,
    state: state as z.input<typeof State>,
    dueAt: dueAt === null ? null : new Date(dueAt).toISOString(),
    ...content,
    openedAt: new Date(content.openedAt).toISOString(),
  };
}
