import { z } from '@hono/zod-openapi';
import type { Person } from '../identity/index.ts';
import { approverRecord, type AnswerFact, type ApproverReader } from '../observe/index.ts';
import {
  approverNames,
  Misuse,
  tenantsOf,
  type Document,
  type PersonId,
  type Principal,
  type TenantId,
} from '../vocabulary/index.ts';
import { readCursor, writeCursor } from './cursor.ts';
import type { ApiDeps } from './deps.ts';
import { endpoint, type Endpoint } from './endpoint.ts';
import { covers, type Tenants } from './guard.ts';
import { CursorText, Limit, pageOf, PersonIdText } from './shapes.ts';

const Share = z.number().min(0).max(1).nullable().openapi({ description: 'of 1; null: of nothing' });
const Count = z.int().nonnegative();

const ApproverShape = z
  .object({
    person: PersonIdText,
    name: z.string(),
    days: z.int().openapi({ description: 'over how many days, up to now' }),
    load: z.object({
      answers: Count,
      perDay: z.number(),
      mostPerHour: Count,
      open: Count.openapi({ description: 'questions open now that are asked of a name they bear' }),
    }),
    dwell: z.object({
      medianSeconds: z.number().nullable(),
      p10Seconds: z.number().nullable(),
      unseen: Count.openapi({ description: 'answered without ever having opened the question' }),
    }),
    said: z.object({ approved: Count, declined: Count, edited: Count }),
    notApproved: Share,
    overruled: z.object({ rate: Share, byOthers: Count, byReview: Count, byIncident: Count }),
    checks: z.object({
      caught: Count,
      missed: Count,
      refresher: z.boolean().openapi({
        description: 'they seem not to look: a reason to talk to them, never to take a right away by itself',
      }),
    }),
  })
  .openapi('Approver');

const Days = z.coerce.number().int().min(1).max(366).default(90).openapi({ description: 'how far back' });
/** `[id]` of the last one that was looked at. */
const Place = z.tuple([PersonIdText]);
const STRIDE = 200;
const MOST_LOOKED_AT = 2_000;
const DAY_MS = 86_400_000;

/** How people answer: measured from the record, and shown. */
export function approverEndpoints({ recordFor, fabric, now }: ApiDeps): readonly Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: '/v1/approvers',
      tag: 'approvals',
      right: 'approvers.read',
      summary: 'How each approver answers: load, time taken, overruled, and checks',
      query: z.strictObject({ days: Days, cursor: CursorText.optional(), limit: Limit }),
      answers: { 200: { description: 'By id', schema: pageOf(ApproverShape).openapi('ApproverPage') } },
      async handle({ query: { days, cursor, limit }, tenants }) {
        const [after] = cursor === undefined ? [''] : readCursor(cursor, Place);
        const { found, next } = await approversAfter(after, limit, tenants);
        const facts = await factsOf(tenants, days);
        const items = await Promise.all(found.map((one) => shown(one, facts, days, tenants)));
        return { status: 200, body: { items, next: next === null ? null : writeCursor([next]) } };
      },
    }),
    endpoint({
      method: 'get',
      path: '/v1/approvers/{person}',
      tag: 'approvals',
      right: 'self',
      summary: 'How one approver answers; one’s own record is everybody’s to see',
      description: '`me` stands for whoever asks. For somebody else it needs `approvers.read`.',
      params: z.strictObject({ person: z.union([z.literal('me'), PersonIdText]) }),
      query: z.strictObject({ days: Days }),
      answers: { 200: { description: 'Their record', schema: ApproverShape } },
      problems: { 404: 'No such approver, or not where whoever asks may look' },
      async handle({ params, query: { days }, principal }) {
        const person = params.person === 'me' ? principal.person : params.person;
        const tenants = whereOf(principal, person);
        const one = await fabric.documents.find<Person>('person', person);
        if (one === null || !(person === principal.person || isApprover(one, tenants))) {
          throw new Misuse('not-found', `there is no approver \`${person}\``);
        }
        return { status: 200, body: await shown(one, await factsOf(tenants, days), days, tenants) };
      },
    }),
  ];

  /** Of approvers of a tenant that one may not look at nothing is said. */
  async function approversAfter(
    from: string,
    limit: number,
    tenants: Tenants,
  ): Promise<{ found: readonly Document<Person>[]; next: PersonId | null }> {
    const found: Document<Person>[] = [];
    let after = from;
    for (let read = 0; read < MOST_LOOKED_AT; read += STRIDE) {
      const people = await fabric.documents.list<Person>('person', { after, most: STRIDE });
      for (const one of people) {
        if (found.length === limit) return { found, next: after as PersonId };
        after = one.id;
        if (isApprover(one, tenants)) found.push(one);
      }
      if (people.length < STRIDE) return { found, next: null };
    }
    return { found, next: after as PersonId };
  }

  async function factsOf(tenants: Tenants, days: number): Promise<readonly AnswerFact[]> {
    const { approvers, decisions } = recordFor(tenants);
    return approvers.facts(await decisions.before(now() - days * DAY_MS));
  }

  async function shown(
    { id, content }: Document<Person>,
    facts: readonly AnswerFact[],
    days: number,
    tenants: Tenants,
  ): Promise<z.input<typeof ApproverShape>> {
    const span = { since: now() - days * DAY_MS, now: now() };
    const record = approverRecord(id as PersonId, facts, span);
    const open = await openFor(content, recordFor(tenants).approvers);
    return { ...record, name: content.name, days, load: { ...record.load, open } };
  }
}

/** Where somebody's record may be looked at: one's own, wherever one may read. */
function whereOf(principal: Principal, person: PersonId): Tenants {
  return tenantsOf(principal, person === principal.person ? 'record.read' : 'approvers.read');
}

function isApprover({ state, content: { grants } }: Document<Person>, tenants: Tenants): boolean {
  return (
    state === 'active' &&
    grants.some(({ role, tenant }) => role === 'approver' && (tenant === '*' || covers(tenants, tenant)))
  );
}

async function openFor({ grants }: Person, reader: ApproverReader): Promise<number> {
  const everywhere = grants.flatMap(({ role, tenant, as }) =>
    role === 'approver' && tenant === '*' && as !== null ? [as] : [],
  );
  // In a tenant where they bear more names, those count there; everywhere else only what they bear everywhere.
  const own = [
    ...new Set(grants.flatMap(({ role, tenant }) => (role === 'approver' && tenant !== '*' ? [tenant] : []))),
  ];
  const counts = await Promise.all(
    own.map(async (tenant: TenantId) => {
      const all = await reader.open(approverNames({ grants }, tenant), tenant);
      return all - (await reader.open(everywhere, tenant));
    }),
  );
  return counts.reduce((sum, n) => sum + n, await reader.open(everywhere, null));
}
