import { z } from '@hono/zod-openapi';
import type { Motion, MotionState } from '../fabric/index.ts';
import { Misuse, type Document, type MotionId } from '../vocabulary/index.ts';
import type { ApiDeps } from './deps.ts';
import { endpoint, type Endpoint } from './endpoint.ts';
import { covers, type Tenants } from './guard.ts';
import { AnyJson, Limit, MotionIdText, PersonIdText, pageOf, Time } from './shapes.ts';

const STATES = ['proposed', 'carried', 'withdrawn', 'lapsed', 'failed'] as const satisfies readonly MotionState[];

export const MotionShape = z
  .object({
    id: MotionIdText,
    kind: z.string().openapi({ example: 'person.grant' }),
    tenant: z.string().openapi({ description: '`*`: the whole installation' }),
    state: z.enum(STATES),
    says: z.string().openapi({ description: 'what it would do' }),
    body: AnyJson,
    reason: z.string(),
    by: PersonIdText,
    at: Time,
    secondedBy: PersonIdText.nullable(),
    dueAt: Time.nullable().openapi({
      description: 'when it lapses; while one person runs the installation: when it is carried out',
    }),
    why: z.string().openapi({ description: 'why it stands where it stands' }),
  })
  .openapi('Motion');

const Reason = z.string().trim().min(1).max(500).openapi({ description: 'goes on record' });
const Proposal = z.strictObject({ kind: z.string().max(100), body: AnyJson, reason: Reason }).openapi('MotionProposal');

/** Changes that one person wants and a second one has to want too. Which right each needs, its kind says. */
export function motionEndpoints({ fabric, documentsFor }: ApiDeps): readonly Endpoint[] {
  const visible = async (id: MotionId, tenants: Tenants): Promise<Motion> => {
    const motion = await fabric.motions.find(id);
    if (motion !== null && covers(tenants, motion.tenant)) return motion;
    throw new Misuse('not-found', `there is no motion \`${id}\``);
  };
  return [
    endpoint({
      method: 'get',
      path: '/v1/motions',
      tag: 'motions',
      right: 'record.read',
      summary: 'Changes that wait for a second person, or what became of others',
      query: z.strictObject({
        state: z.enum(STATES).default('proposed'),
        cursor: MotionIdText.optional(),
        limit: Limit,
      }),
      answers: { 200: { description: 'A page of motions', schema: pageOf(MotionShape).openapi('MotionPage') } },
      async handle({ query: { state, cursor, limit }, tenants }) {
        const found = await documentsFor(tenants).list('motion', {
          state,
          most: limit + 1,
          ...(cursor !== undefined && { after: cursor }),
        });
        const items = found.slice(0, limit).map((document) => motionShown(motionOf(document)));
        return { status: 200, body: { items, next: found.length > limit ? (items.at(-1)?.id ?? null) : null } };
      },
    }),
    endpoint({
      method: 'get',
      path: '/v1/motions/{id}',
      tag: 'motions',
      right: 'record.read',
      summary: 'A change, and where it stands',
      params: z.object({ id: MotionIdText }),
      answers: { 200: { description: 'The motion', schema: MotionShape } },
      problems: { 404: 'No such motion' },
      handle: async ({ params: { id }, tenants }) => ({ status: 200, body: motionShown(await visible(id, tenants)) }),
    }),
    endpoint({
      method: 'post',
      path: '/v1/motions',
      tag: 'motions',
      right: 'self',
      summary: 'Propose a change',
      description:
        'What only tightens is carried out at once; all else waits for somebody else with the same right, seven days at most. ' +
        'Each kind needs its own right, and says what its body holds.',
      body: Proposal,
      answers: { 200: { description: 'Carried out, or put to a second person', schema: MotionShape } },
      problems: {
        404: 'What it is about is not there',
        409: 'It cannot be done as things stand',
        413: 'The body is too large',
        415: 'Not JSON',
      },
      async handle({ body: { kind, body, reason }, principal }) {
        return { status: 200, body: motionShown(await fabric.motions.propose(principal, kind, body, reason)) };
      },
    }),
    endpoint({
      method: 'post',
      path: '/v1/motions/{id}/second',
      tag: 'motions',
      right: 'self',
      summary: 'Want it too: it is carried out',
      params: z.object({ id: MotionIdText }),
      answers: { 200: { description: 'Carried out', schema: MotionShape } },
      problems: { 404: 'No such motion', 409: 'It is settled, or was proposed by you' },
      async handle({ params: { id }, principal, tenants }) {
        await visible(id, tenants);
        return { status: 200, body: motionShown(await fabric.motions.second(principal, id)) };
      },
    }),
    endpoint({
      method: 'post',
      path: '/v1/motions/{id}/withdraw',
      tag: 'motions',
      right: 'self',
      summary: 'Take it back, or turn it down',
      params: z.object({ id: MotionIdText }),
      body: z.strictObject({ reason: Reason }).openapi('Withdrawal'),
      answers: { 200: { description: 'It is withdrawn', schema: MotionShape } },
      problems: { 404: 'No such motion', 409: 'It is settled', 413: 'The body is too large', 415: 'Not JSON' },
      async handle({ params: { id }, body: { reason }, principal, tenants }) {
        await visible(id, tenants);
        return { status: 200, body: motionShown(await fabric.motions.withdraw(principal, id, reason)) };
      },
    }),
  ];
}

/** As `fabric` keeps a motion. */
function motionOf({ id, tenant, state, dueAt, content }: Document): Motion {
  const whole = tenant === 'platform' ? '*' : tenant;
  return { ...(content as Motion), id: id as MotionId, tenant: whole, state, dueAt } as Motion;
}

export function motionShown(motion: Motion): z.input<typeof MotionShape> {
  const { at, dueAt } = motion;
  return {
    ...motion,
    body: motion.body as z.input<typeof AnyJson>,
    at: new Date(at).toISOString(),
    dueAt: dueAt === null ? null : new Date(dueAt).toISOString(),
  };
}
