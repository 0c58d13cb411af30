import { z } from '@hono/zod-openapi';
import type { PersonsAnswer, Seen } from '../fabric/index.ts';
import type { ApprovalCursor, ApprovalFilter, ApprovalOnRecord, ReadModel } from '../observe/index.ts';
import { boundDigest, type Approval, type Json, type Principal } from '../vocabulary/index.ts';
import { approvalItem, ApprovalItem, approvalShown, ApprovalShown, ApprovalStateText } from './approval-shapes.ts';
import { readCursor, writeCursor } from './cursor.ts';
import type { ApiDeps } from './deps.ts';
import { endpoint, type Endpoint } from './endpoint.ts';
import {
  AgentName,
  AnyJson,
  ApprovalIdText,
  CursorText,
  DigestText,
  Limit,
  pageOf,
  PersonIdText,
  TenantName,
  ToolName,
} from './shapes.ts';
import { withinPatience } from './within.ts';

/** `[when in ms, id]` of the last one on a page. */
const Place = z.tuple([z.int().nonnegative().max(8.64e15), ApprovalIdText]);

const Filter = z.strictObject({
  state: ApprovalStateText.default('pending'),
  agent: AgentName.optional(),
  tool: ToolName.optional(),
  tenant: TenantName.optional(),
  mine: z
    .enum(['true', 'false'])
    .default('false')
    .openapi({ description: 'only those that whoever asks may answer now' }),
  cursor: CursorText.optional(),
  limit: Limit,
});

const Reason = z.string().max(4_000);
const Digest = DigestText.openapi({ description: 'of the question that was seen; with another one nothing happens' });
const OnBehalfOf = PersonIdText.nullable().openapi({
  description: 'for whom, of those who delegated; null: for oneself',
});

const AnswerWish = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('approve'),
      digest: Digest,
      reason: Reason.optional(),
      onBehalfOf: OnBehalfOf.optional(),
      policies: z.array(z.string().max(200)).max(50).optional(),
    }),
    z.strictObject({ kind: z.literal('decline'), digest: Digest, reason: Reason, onBehalfOf: OnBehalfOf.optional() }),
    z.strictObject({
      kind: z.literal('edit'),
      digest: Digest,
      arguments: AnyJson.openapi({ description: 'all of them, as they are to be executed' }),
      reason: Reason.optional(),
      onBehalfOf: OnBehalfOf.optional(),
    }),
    z.strictObject({ kind: z.literal('withdraw'), digest: Digest, reason: Reason.optional() }),
  ])
  .openapi('ApprovalAnswer');

const BatchWish = z
  .strictObject({
    kind: z.enum(['approve', 'decline']),
    reason: Reason.default(''),
    items: z
      .array(z.strictObject({ id: ApprovalIdText, digest: Digest }))
      .min(1)
      .max(100),
  })
  .openapi('ApprovalAnswers');

const RemarkWish = z
  .strictObject({
    to: z
      .enum(['requester', 'agent-owner', 'approvers'])
      .openapi({ description: '`approvers`: an answer to what they asked' }),
    text: z.string().trim().min(1).max(4_000),
  })
  .openapi('RemarkWish');

const BatchAnswer = z
  .object({
    results: z.array(
      z.object({
        id: ApprovalIdText,
        ok: z.boolean(),
        state: ApprovalStateText.nullable(),
        code: z.string().nullable(),
        why: z.string(),
      }),
    ),
  })
  .openapi('ApprovalResults');

const REFUSED = {
  404: 'There is no such approval, or not where whoever asks may look',
  409: 'It is not the question any more that was seen, it is answered already, or it is too soon',
  413: 'The body is too large',
  415: 'Not JSON',
};
/** Read at a time when only some of what is read is for whoever asks; and most that is read for one page. */
const STRIDE = 200;
const MOST_READ = 2_000;
const MOST_ALIKE = 5;

/** Runs that wait for people: what would be executed, why it was stopped, and people's answers. */
export function approvalEndpoints({ recordFor, fabric }: ApiDeps): readonly Endpoint[] {
  const { approvals: desk, registry } = fabric;
  const toolOf = ({ bound }: Approval) => registry.tool(bound.tool, bound.tenant)?.tool ?? null;
  const item = (seen: Seen) => approvalItem(seen, toolOf(seen.approval));

  return [
    endpoint({
      method: 'get',
      path: '/v1/approvals',
      tag: 'approvals',
      right: 'record.read',
      summary: 'What waits for people, soonest to expire first; or what was answered, newest first',
      query: Filter,
      answers: { 200: { description: 'A page of questions', schema: pageOf(ApprovalItem).openapi('ApprovalPage') } },
      async handle({ query: { cursor, limit, mine, ...narrowed }, tenants, principal }) {
        const [at, id] = cursor === undefined ? [] : readCursor(cursor, Place);
        const after = at === undefined || id === undefined ? null : { at, id };
        const filter: ApprovalFilter = narrowed;
        const reader = recordFor(tenants).approvals;
        if (mine === 'true') {
          const askedOf = await desk.namesOf(principal);
          return { status: 200, body: await pageOfMine(reader, { ...filter, askedOf }, after, limit, principal) };
        }
        const rows = await reader.list(filter, after, limit + 1);
        const seen = await desk.see(principal, approvalsIn(rows.slice(0, limit)));
        const last = rows.length > limit ? rows[limit - 1] : undefined;
        return { status: 200, body: { items: seen.map(item), next: last === undefined ? null : cursorAt(last) } };
      },
    }),
    endpoint({
      method: 'get',
      path: '/v1/approvals/{id}',
      tag: 'approvals',
      right: 'record.read',
      summary: 'One question in full: exactly what would be executed',
      description:
        'From now on it counts as shown to whoever asks: how long they had it before them is measured from here.',
      params: z.strictObject({ id: ApprovalIdText }),
      answers: { 200: { description: 'The question', schema: ApprovalShown } },
      problems: { 404: REFUSED[404] },
      async handle({ params: { id }, principal, tenants }) {
        const seen = await desk.open(principal, id);
        return { status: 200, body: await inFull(seen, recordFor(tenants)) };
      },
    }),
    endpoint({
      method: 'post',
      path: '/v1/approvals/{id}/answer',
      tag: 'approvals',
      right: 'approvals.answer',
      summary: 'Approve, decline, edit and approve, or take back an answer',
      description:
        'The digest says which question is answered: with any part of it changed meanwhile, nothing happens. An edit is checked ' +
        'and judged again, and puts another question; what others had answered is void.',
      params: z.strictObject({ id: ApprovalIdText }),
      body: AnswerWish,
      answers: { 200: { description: 'It is on record', schema: ApprovalItem } },
      problems: REFUSED,
      async handle({ params: { id }, body, principal }) {
        const approval = await withinPatience(desk.answer(principal, id, given(body)));
        return { status: 200, body: item(await only(principal, approval)) };
      },
    }),
    endpoint({
      method: 'post',
      path: '/v1/approvals/answer',
      tag: 'approvals',
      right: 'approvals.answer',
      summary: 'Answer several at once, each bound by its own digest',
      description:
        'Where their rules allow it. What fails, fails alone, and what was not seen cannot be named: its digest is not known.',
      body: BatchWish,
      answers: { 200: { description: 'What became of each, in their order', schema: BatchAnswer } },
      problems: { 413: REFUSED[413], 415: REFUSED[415] },
      async handle({ body: { kind, reason, items }, principal }) {
        const results = await withinPatience(desk.answerAll(principal, items, { kind, reason }));
        return {
          status: 200,
          body: {
            results: results.map((one) =>
              one.ok
                ? { id: one.id, ok: true, state: one.approval.state, code: null, why: one.approval.why }
                : { id: one.id, ok: false, state: null, code: one.code, why: one.why },
            ),
          },
        };
      },
    }),
    endpoint({
      method: 'post',
      path: '/v1/approvals/{id}/remarks',
      tag: 'approvals',
      right: 'record.read',
      summary: 'Ask the requester or the agent’s owner for more, or answer what approvers asked',
      params: z.strictObject({ id: ApprovalIdText }),
      body: RemarkWish,
      answers: { 200: { description: 'It is on record', schema: ApprovalItem } },
      problems: REFUSED,
      async handle({ params: { id }, body: { to, text }, principal }) {
        const remark: PersonsAnswer = to === 'approvers' ? { kind: 'reply', text } : { kind: 'ask', to, text };
        const approval = await withinPatience(desk.answer(principal, id, remark));
        return { status: 200, body: item(await only(principal, approval)) };
      },
    }),
  ];

  /** Goes on until the page is full: whose answer would count is known only of each. */
  async function pageOfMine(
    reader: ReadModel['approvals'],
    filter: ApprovalFilter,
    from: ApprovalCursor | null,
    limit: number,
    by: Principal,
  ) {
    const found: Seen[] = [];
    let after = from;
    for (let read = 0; read < MOST_READ; read += STRIDE) {
      const rows = await reader.list(filter, after, STRIDE);
      const seenById = new Map((await desk.see(by, approvalsIn(rows))).map((seen) => [seen.approval.id, seen]));
      for (const row of rows) {
        const seen = seenById.get(row.id);
        after = placeOf(row);
        if (seen?.eligibility.may !== true) continue;
        found.push(seen);
        if (found.length === limit) return { items: found.map(item), next: writeCursor([after.at, after.id]) };
      }
      if (rows.length < STRIDE) return { items: found.map(item), next: null };
    }
    return { items: found.map(item), next: after === null ? null : writeCursor([after.at, after.id]) };
  }

  async function only(by: Principal, approval: Approval): Promise<Seen> {
    const [seen] = await desk.see(by, [approval]);
    return seen as Seen;
  }

  async function inFull(seen: Seen, { approvals }: ReadModel): Promise<z.input<typeof ApprovalShown>> {
    const { approval } = seen;
    const { tenant, tool, agent } = approval.bound;
    const [rounds, alike] = await Promise.all([
      approvals.rounds(approval.permit),
      approvals.alike({ tenant, tool, agent, id: approval.id }, MOST_ALIKE),
    ]);
    const original = approval.original === null ? null : boundDigest(approval.original.bound);
    return approvalShown(seen, toolOf(approval), original, { rounds: approvalsIn(rounds), alike: approvalsIn(alike) });
  }
}

/** Those that can be answered: what the first version asked is about to be asked anew. */
function approvalsIn(rows: readonly ApprovalOnRecord[]): readonly Approval[] {
  return rows.flatMap(({ id, rev, state, content }) => (content === null ? [] : [{ ...content, id, rev, state }]));
}

function placeOf(row: ApprovalOnRecord): ApprovalCursor {
  return { at: (row.state === 'pending' ? row.expiresAt : row.askedAt).getTime(), id: row.id };
}

function cursorAt(row: ApprovalOnRecord): string {
  const { at, id } = placeOf(row);
  return writeCursor([at, id]);
}

function given(body: z.output<typeof AnswerWish>): PersonsAnswer {
  return body.kind === 'edit' ? { ...body, arguments: body.arguments as Json } : body;
}
