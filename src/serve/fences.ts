import { z } from '@hono/zod-openapi';
import type { Fence } from '../fabric/index.ts';
import type { ApiDeps } from './deps.ts';
import { endpoint, type Endpoint } from './endpoint.ts';
import { covers } from './guard.ts';
import { Seq, TenantName, Time } from './shapes.ts';
import { withinPatience } from './within.ts';

export const FenceShape = z
  .object({
    scope: z.string().openapi({ example: 'agent:claims-intake.faculty-1' }),
    stopped: z.boolean(),
    epoch: z.int().openapi({ description: 'goes up with each change of this scope' }),
    reason: z.string(),
    tenant: z.union([z.literal('*'), TenantName]).openapi({ description: 'whose it is; `*`: of more than one tenant' }),
    by: z.string().nullable().openapi({ description: 'who changed it last; null: a file at the machine' }),
  })
  .openapi('Fence');

const StoppedShape = FenceShape.extend({
  onRecord: z.boolean().openapi({
    description: 'false: the database is away. It holds all the same, and goes on record before anything else does',
  }),
}).openapi('Stopped');

const Scope = z.string().min(1).max(300).openapi({
  description: 'everything, tenant:T, agent:A, version:sha256:..., tool:T, class:E3, or tree: and a run or an event',
  example: 'agent:claims-intake.faculty-1',
});
const Reason = z.string().trim().min(1).max(500).openapi({ description: 'goes on record' });
const StopWish = z
  .strictObject({ scope: Scope, stopped: z.literal(true).optional(), reason: Reason })
  .openapi('StopWish');
const LiftWish = z.strictObject({ scope: Scope, reason: Reason }).openapi('LiftWish');

const LiftShape = z
  .object({
    motion: z.string(),
    says: z.string(),
    state: z.string(),
    dueAt: Time.nullable().openapi({
      description: 'when it lapses; where one person runs the installation alone, when it is carried out',
    }),
  })
  .openapi('LiftProposed');

const DrillShape = z
  .object({
    scope: z.string(),
    arrivedBefore: z.int(),
    actedForMs: z.number(),
    acknowledgedAfterMs: z.number(),
    onRecord: z.boolean(),
    arrivedAfter: z.int().openapi({ description: 'acts that arrived after the acknowledgement' }),
    lastArrivalMs: z
      .number()
      .nullable()
      .openapi({ description: 'from the acknowledgement; negative: before it; null: none ever arrived' }),
    arrivedAfterPermits: z.int().openapi({ description: 'acts that arrived when every permit must have died' }),
    refusedAtGate: z.int(),
    heldAtSending: z.int(),
    seq: Seq,
  })
  .openapi('DrillMeasured');

/** Where a stop is asked for: whoever may is let in without the record, too. */
export const STOP_PATH = '/v1/fences';

const UNKNOWN = { 404: 'There is no such agent, tool, run or event', 413: 'The body is too large', 415: 'Not JSON' };

/** Stopping any part of the fleet, proposing to give it back, and the drill. */
export function fenceEndpoints({ fabric }: ApiDeps): readonly Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: '/v1/fences',
      right: 'record.read',
      tag: 'fences',
      summary: 'What is stopped, and what was',
      answers: {
        200: { description: 'By scope', schema: z.object({ items: z.array(FenceShape) }).openapi('FenceList') },
      },
      handle({ tenants }) {
        const items = fabric.status().fences.filter(({ tenant }) => tenant === '*' || covers(tenants, tenant));
        return { status: 200, body: { items: items.map(shown) } };
      },
    }),
    endpoint({
      method: 'post',
      path: STOP_PATH,
      right: 'stop',
      tag: 'fences',
      summary: 'Stop a part of the fleet',
      description:
        'It holds when this answers: nothing of it passes the gate any more, and what has passed is held back when it would be sent. Needs neither engine nor database.',
      body: StopWish,
      answers: { 200: { description: 'It holds', schema: StoppedShape } },
      problems: UNKNOWN,
      // Waits for the record by itself, and not long.
      async handle({ body: { scope, reason }, principal }) {
        return { status: 200, body: await fabric.fences.stop(principal, scope, reason) };
      },
    }),
    endpoint({
      method: 'post',
      path: '/v1/fences/lift',
      right: 'stop.lift',
      tag: 'fences',
      summary: 'Propose to lift a stop',
      description: 'A second person has to second it; where there is only one person, a delay takes their place.',
      body: LiftWish,
      answers: { 202: { description: 'Proposed', schema: LiftShape } },
      problems: { ...UNKNOWN, 404: 'It is not stopped' },
      async handle({ body: { scope, reason }, principal }) {
        const { id, says, state, dueAt } = await withinPatience(fabric.fences.proposeLift(principal, scope, reason));
        const due = dueAt === null ? null : new Date(dueAt).toISOString();
        return { status: 202, body: { motion: id, says, state, dueAt: due } };
      },
    }),
    endpoint({
      method: 'post',
      path: '/v1/fences/drill',
      right: 'stop',
      tag: 'fences',
      summary: 'Measure a stop on something made for it',
      description: 'Takes about four seconds, stops nothing of yours, and leaves an entry `drill.measured`.',
      tenantOf: () => '*',
      answers: { 200: { description: 'What was measured', schema: DrillShape } },
      problems: { 409: 'A drill is under way' },
      async handle({ principal }) {
        return { status: 200, body: await fabric.fences.drill(principal) };
      },
    }),
  ];
}

function shown({ scope, stopped, epoch, reason, tenant, by }: Fence): z.input<typeof FenceShape> {
  return { scope, stopped, epoch, reason, tenant, by };
}
