import { z } from '@hono/zod-openapi';
import type { EffectRecord, RunFilter, RunRow } from '../observe/index.ts';
import { Misuse, type Json } from '../vocabulary/index.ts';
import { page, readCursor } from './cursor.ts';
import type { ApiDeps } from './deps.ts';
import { endpoint, type Endpoint } from './endpoint.ts';
import { EntryShape } from './entry-shape.ts';
import {
  AgentName,
  AnyJson,
  CursorText,
  DigestText,
  EffectClassText,
  EffectStateText,
  EventIdText,
  EventType,
  Limit,
  MoneyShape,
  pageOf,
  PermitIdText,
  RunIdText,
  RunStateText,
  Seq,
  TenantName,
  Time,
  ToolName,
} from './shapes.ts';

export const RunSummary = z
  .object({
    id: RunIdText,
    seq: Seq,
    tenant: TenantName,
    agent: AgentName,
    agentVersion: DigestText,
    event: EventIdText,
    subject: z.string(),
    state: RunStateText,
    why: z.string(),
    attempts: z.int(),
    admittedAt: Time,
    endedAt: Time.nullable(),
  })
  .openapi('RunSummary');

const EffectShape = z
  .object({
    permit: PermitIdText,
    seq: Seq,
    step: z.int(),
    tool: ToolName,
    class: EffectClassText,
    system: z.string().nullable(),
    state: EffectStateText,
    arguments: AnyJson,
    argumentsDigest: DigestText,
    amount: MoneyShape.nullable(),
    why: z.string(),
    intendedAt: Time,
    endedAt: Time.nullable(),
  })
  .openapi('Effect');

const RunShape = RunSummary.extend({
  effects: z.array(EffectShape),
  timeline: z.array(EntryShape).openapi({ description: 'what is on record of it, from its event on' }),
}).openapi('Run');

/** `[seq, id]` of the last run on a page. */
const Place = z.tuple([z.int().nonnegative(), RunIdText]);
/** A run has a handful of entries for each step; one that has more shows the first. */
const MOST_IN_TIMELINE = 1_000;

/** Runs, newest first, and one of them with all that happened in it. */
export function runEndpoints({ recordFor }: ApiDeps): readonly Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: '/v1/runs',
      right: 'record.read',
      tag: 'runs',
      summary: 'Runs, newest first',
      query: z.strictObject({
        state: RunStateText.optional(),
        agent: AgentName.optional(),
        tenant: TenantName.optional(),
        type: EventType.optional().openapi({ description: 'type of the event' }),
        cursor: CursorText.optional(),
        limit: Limit,
      }),
      answers: { 200: { description: 'A page of runs', schema: pageOf(RunSummary).openapi('RunPage') } },
      async handle({ query: { cursor, limit, ...filter }, tenants }) {
        const [seq, id] = cursor === undefined ? [] : readCursor(cursor, Place);
        const after = seq === undefined || id === undefined ? null : { seq, id };
        const rows = await recordFor(tenants).runs.list(filter as RunFilter, after, limit + 1);
        return { status: 200, body: page(rows, limit, (row) => [row.seq, row.id], runSummary) };
      },
    }),
    endpoint({
      method: 'get',
      path: '/v1/runs/{id}',
      right: 'record.read',
      tag: 'runs',
      summary: 'A run, its effects, and its entries as a timeline',
      params: z.object({ id: RunIdText }),
      answers: { 200: { description: 'The run', schema: RunShape } },
      problems: { 404: 'No such run' },
      async handle({ params: { id }, tenants }) {
        const record = recordFor(tenants);
        const run = await record.runs.get(id);
        if (run === null) throw new Misuse('not-found', `there is no run \`${id}\``);
        const [effects, admitted, entries] = await Promise.all([
          record.runs.effects(id),
          record.entries.get(run.seq),
          record.entries.list({ run: id }, 0, MOST_IN_TIMELINE),
        ]);
        const timeline = [...(admitted === null ? [] : [admitted]), ...entries].map(({ entry }) => entry);
        return { status: 200, body: { ...runSummary(run), effects: effects.map(effectShown), timeline } };
      },
    }),
  ];
}

export function runSummary({ admittedAt, endedAt, ...run }: RunRow): z.input<typeof RunSummary> {
  return { ...run, admittedAt: admittedAt.toISOString(), endedAt: endedAt?.toISOString() ?? null };
}

function effectShown(effect: EffectRecord): z.input<typeof EffectShape> {
  const { amountMinor, currency } = effect;
  return {
    ...effect,
    arguments: JSON.parse(effect.arguments) as Json,
    amount: amountMinor === null || currency === null ? null : { minor: amountMinor, currency },
    intendedAt: effect.intendedAt.toISOString(),
    endedAt: effect.endedAt?.toISOString() ?? null,
  };
}
