import { z } from '@hono/zod-openapi';
import type { PendingApproval } from '../observe/index.ts';
import type { Json } from '../vocabulary/index.ts';
import { page, readCursor } from './cursor.ts';
import type { ApiDeps } from './deps.ts';
import { endpoint, type Endpoint } from './endpoint.ts';
import {
  AgentName,
  AnyJson,
  ApprovalIdText,
  CursorText,
  DigestText,
  EffectClassText,
  Limit,
  MoneyShape,
  pageOf,
  RunIdText,
  Seq,
  TenantName,
  Time,
  ToolName,
} from './shapes.ts';

const ApprovalShape = z
  .object({
    id: ApprovalIdText,
    seq: Seq,
    run: RunIdText,
    step: z.int(),
    tenant: TenantName,
    agent: AgentName,
    tool: ToolName,
    class: EffectClassText,
    system: z.string().nullable(),
    arguments: AnyJson.openapi({ description: 'exactly what would be executed' }),
    argumentsDigest: DigestText,
    intentDigest: DigestText.openapi({ description: 'of all that an answer is for' }),
    amount: MoneyShape.nullable(),
    why: z.string().openapi({ description: 'why it was stopped' }),
    policies: z.array(z.string()),
    roles: z.array(z.string()).openapi({ description: 'who may answer' }),
    askedAt: Time,
    expiresAt: Time.openapi({ description: 'without an answer by then it is declined' }),
  })
  .openapi('Approval');

/** `[expiresAt in ms, id]` of the last one on a page. */
const Place = z.tuple([z.int().nonnegative().max(8.64e15), ApprovalIdText]);

/** Runs that wait for people: what would be executed, and why it was stopped. */
export function approvalEndpoints({ recordFor }: ApiDeps): readonly Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: '/v1/approvals',
      right: 'record.read',
      tag: 'approvals',
      summary: 'What waits for people, soonest to expire first',
      query: z.strictObject({ cursor: CursorText.optional(), limit: Limit }),
      answers: { 200: { description: 'A page of questions', schema: pageOf(ApprovalShape).openapi('ApprovalPage') } },
      async handle({ query: { cursor, limit }, tenants }) {
        const [expiresAt, id] = cursor === undefined ? [] : readCursor(cursor, Place);
        const after = expiresAt === undefined || id === undefined ? null : { expiresAt, id };
        const rows = await recordFor(tenants).approvals.pending(after, limit + 1);
        return { status: 200, body: page(rows, limit, (row) => [row.expiresAt.getTime(), row.id], shown) };
      },
    }),
  ];
}

function shown(row: PendingApproval): z.input<typeof ApprovalShape> {
  const { amountMinor, currency } = row;
  return {
    ...row,
    arguments: JSON.parse(row.arguments) as Json,
    amount: amountMinor === null || currency === null ? null : { minor: amountMinor, currency },
    askedAt: row.askedAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
  };
}
