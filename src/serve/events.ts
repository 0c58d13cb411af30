import { z } from '@hono/zod-openapi';
import type { Admitted } from '../fabric/index.ts';
import { Misuse, type Label, type Principal, type TenantId } from '../vocabulary/index.ts';
import { BATCH, readCloudEvents, STRUCTURED } from './cloud-events.ts';
import type { ApiDeps } from './deps.ts';
import { endpoint, type Endpoint } from './endpoint.ts';
import { covers, type Tenants } from './guard.ts';
import { Problem, troubleOf, type Trouble } from './problem.ts';
import { runSummary, RunSummary } from './runs.ts';
import { AnyJson, DigestText, EventIdText, LabelShape, Seq, TenantName } from './shapes.ts';
import { withinPatience } from './within.ts';

const Taken = z
  .object({
    event: EventIdText,
    state: z.enum(['admitted', 'repeat']),
    seq: Seq,
    runs: z.int().openapi({ description: 'how many runs it has made now; 0 for a repeat' }),
    receipt: z.string().openapi({
      description: 'where the proof is that it is on record, once it is sealed',
      example: '/v1/entries/42',
    }),
  })
  .openapi('Taken');
const BatchResult = z
  .object({
    results: z.array(
      z.object({ status: z.int(), taken: Taken.optional(), problem: Problem.optional() }).openapi('BatchItemResult'),
    ),
  })
  .openapi('BatchResult', { description: 'one result for each event, in the order in which they came' });

const Answered = z.union([Taken, BatchResult]);

const CloudEventShape = z
  .object({
    specversion: z.literal('1.0'),
    id: z.string().min(1).max(256),
    source: z.string().min(1).max(512),
    type: z.string().max(128).openapi({ example: 'claim.approved' }),
    subject: z.string().min(1).max(512).openapi({ description: 'what it is about; worked in order' }),
    time: z.iso.datetime({ offset: true }).optional(),
    data: AnyJson,
  })
  .openapi('CloudEvent');

const EventShape = z
  .object({
    id: EventIdText,
    seq: Seq,
    tenant: TenantName,
    type: z.string(),
    source: z.string(),
    sourceId: z.string(),
    subject: z.string(),
    time: z.string(),
    data: AnyJson,
    dataDigest: DigestText,
    label: LabelShape,
    runs: z.array(RunSummary),
  })
  .openapi('Event');

/** What comes in from outside: not believed, and not for outside. Its source is added as its origin. */
const FROM_OUTSIDE: Label = { integrity: 'untrusted', confidentiality: 'internal', origins: [] };

/** Events: the way in, and what became of them. */
export function eventEndpoints(deps: ApiDeps, options: { readonly maxBodyBytes: number }): readonly Endpoint[] {
  const take = async (event: unknown, tenant: TenantId, { person }: Principal) => {
    const receivedAt = new Date(deps.now()).toISOString();
    const admitted = await withinPatience(
      deps.fabric.receive(event, { tenant, label: FROM_OUTSIDE, receivedAt, principal: person }),
    );
    return shown(
      admitted,
      admitted.seq ?? (await withinPatience(deps.recordFor([tenant]).events.seqOf(admitted.event))) ?? 0,
    );
  };
  return [
    endpoint({
      method: 'post',
      path: '/v1/events',
      right: 'events.send',
      tag: 'events',
      summary: 'Hand in events',
      description:
        'CloudEvents 1.0: structured, batch, or binary (JSON data with `ce-` headers). An event that came before, by source and id, is recognised for ever and does nothing. A batch is answered event by event: a bad one does not keep the others out.',
      query: z.strictObject({ tenant: TenantName.optional() }),
      headers: z.object({ 'reeve-tenant': z.string().optional() }),
      bodies: { [STRUCTURED]: CloudEventShape, [BATCH]: z.array(CloudEventShape), 'application/json': AnyJson },
      answers: {
        202: { description: 'On record; for a batch, all of them', schema: Answered },
        207: { description: 'Not all events of the batch were taken', schema: Answered },
      },
      problems: {
        413: 'The body is too large',
        415: 'Not a media type of events',
        422: 'Nobody works on such events, or the data does not fit',
        429: 'The queue is full; `Retry-After` says when to try again',
      },
      async handle({ query, request, principal, tenants }) {
        const tenant = tenantOf(deps, tenants, query.tenant, request.headers.get('reeve-tenant'));
        const received = await readCloudEvents(request, options.maxBodyBytes);
        if (received.kind === 'one') return { status: 202, body: await take(received.event, tenant, principal) };
        // All are begun in one turn, so that they are admitted in the order in which they came.
        return batchAnswer(
          await Promise.allSettled(received.events.map((event) => take(event, tenant, principal))),
          deps.onTrouble,
        );
      },
    }),
    endpoint({
      method: 'get',
      path: '/v1/events/{id}',
      right: 'record.read',
      tag: 'events',
      summary: 'An event, and the runs that it made',
      params: z.object({ id: EventIdText }),
      answers: { 200: { description: 'The event', schema: EventShape } },
      problems: { 404: 'No such event' },
      async handle({ params, tenants }) {
        const record = deps.recordFor(tenants);
        const event = await record.events.get(params.id);
        if (event === null) throw new Misuse('not-found', `there is no event \`${params.id}\``);
        const runs = await record.runs.ofEvent(event.seq);
        return { status: 200, body: { ...event, runs: runs.map(runSummary) } };
      },
    }),
  ];
}

function shown({ event, state, runs }: Admitted, seq: number): z.input<typeof Taken> {
  return { event, state, seq, runs, receipt: `/v1/entries/${seq}` };
}

function batchAnswer(
  settled: readonly PromiseSettledResult<z.input<typeof Taken>>[],
  onTrouble: (what: string) => void,
): { status: number; body: z.input<typeof BatchResult>; headers: Record<string, string> } {
  const troubles: Trouble[] = [];
  const results = settled.map((one) => {
    if (one.status === 'fulfilled') return { status: 202, taken: one.value };
    const trouble = troubleOf(one.reason);
    if (trouble.ours)
      onTrouble(`POST /v1/events: ${one.reason instanceof Error ? one.reason.stack : String(one.reason)}`);
    troubles.push(trouble);
    return { status: trouble.problem.status, problem: trouble.problem };
  });
  const retryAfter = Math.max(0, ...troubles.map((trouble) => trouble.retryAfter ?? 0));
  return {
    status: troubles.length === 0 ? 202 : 207,
    body: { results },
    headers: retryAfter > 0 ? { 'retry-after': String(retryAfter) } : {},
  };
}

/** Whose events these are: said by `?tenant=` or the header, or the only tenant that whoever asks may send for. */
function tenantOf({ fabric }: ApiDeps, allowed: Tenants, query: TenantId | undefined, header: string | null): TenantId {
  const tenants = [...new Set(fabric.registry.fleets.map(({ tenant }) => tenant))].filter((one) =>
    covers(allowed, one),
  );
  const said = query ?? header ?? undefined;
  if (query !== undefined && header !== null && header !== query) {
    throw new Misuse('bad-request', '`?tenant=` and the header `reeve-tenant` name different tenants');
  }
  const names = tenants.map((tenant) => `\`${tenant}\``).join(', ');
  if (said === undefined) {
    const [only] = tenants;
    if (only !== undefined && tenants.length === 1) return only;
    throw new Misuse('bad-request', 'it is not said whose events these are', {
      fix: `add \`?tenant=\` or the header \`reeve-tenant\`: ${names}`,
    });
  }
  const tenant = tenants.find((one) => one === said);
  if (tenant !== undefined) return tenant;
  throw new Misuse('unknown-tenant', 'there is no such tenant', { fix: `the tenants are ${names}` });
}
