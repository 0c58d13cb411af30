import type { Pool } from 'pg';
import type { Past } from '../remember/index.ts';
import {
  NO_TRAIL,
  type Digest,
  type Event,
  type EventId,
  type Json,
  type Label,
  type PersonId,
  type Run,
  type RunId,
  type TenantId,
  type Trail,
} from '../vocabulary/index.ts';
import { happened } from './approvals/seeded-rows.ts';
import { shareQuery } from './shared-query.ts';
import type { EffectOnRecord } from './world.ts';

/** What the fabric reads back from the record. Every query is bounded. */
export interface Records extends Past {
  /**
   * Runs that have not ended, by id, with their events. Never those of checks that approvers are given: what is not here is not
   * carried out.
   */
  openRuns(ids: readonly RunId[]): Promise<ReadonlyMap<RunId, { run: Run; event: Event }>>;
  /** The same with those of checks: for what people do about them. */
  askedRuns(ids: readonly RunId[]): Promise<ReadonlyMap<RunId, { run: Run; event: Event }>>;
  effectsOf(ids: readonly RunId[]): Promise<ReadonlyMap<RunId, ReadonlyMap<number, EffectOnRecord>>>;
  /** Queued runs in order of admission, a page at a time, after the last one of the page before. */
  queuedRuns(after: { seq: number; id: string }, most: number): Promise<readonly Run[]>;
  /** Waiting runs whose outcome is unknown and whose tool can be asked or called again, but for some. */
  unsettledRuns(except: readonly RunId[], most: number): Promise<readonly Run[]>;
  sourcePosition(name: string): Promise<number>;
}

interface RunRow {
  id: RunId;
  seq: string;
  tenant: TenantId;
  agent: Run['agent'];
  agent_version: Digest;
  event: EventId;
  subject: string;
  attempts: number;
}

interface EventRow {
  id: EventId;
  seq: string;
  tenant: TenantId;
  type: string;
  source: string;
  source_id: string;
  subject: string;
  time: string;
  data: string;
  data_digest: Digest;
  label: Label;
  dedupe_key: string;
  principal: PersonId | null;
  root: EventId | null;
  depth: number;
  trail: Trail | null;
}

const RUN = 'r.id, r.seq, r.tenant, r.agent, r.agent_version, r.event, r.subject, r.attempts';
const EVENT =
  'id, seq, tenant, type, source, source_id, subject, time, data, data_digest, label, dedupe_key, ' +
  'principal, root, depth, trail';

export function createRecords(pool: Pool): Records {
  return {
    before: shareQuery((events) => historiesOf(pool, events)),
    openRuns: (ids) => openRunsOf(pool, ids, 'open-runs', NO_CHECK),
    askedRuns: (ids) => openRunsOf(pool, ids, 'asked-runs', 'true'),
    async effectsOf(ids) {
      const { rows } = await pool.query<EffectOnRecord & { run: RunId }>({
        name: 'effects-of',
        text: `select f.run, f.step, f.permit, f.state, f.tool, f.tool_digest as "toolDigest", f.class as effect,
                 f.arguments as "argumentsText", f.arguments_digest as "argumentsDigest", f.why,
                 e.body::jsonb #>> '{body,agentVersion}' as "agentVersion", e.body::jsonb #> '{body,label}' as label,
                 e.body::jsonb #> '{body,trail}' as trail
               from reeve.effect f join reeve.entry e on e.seq = f.seq where f.run = any($1) order by f.step`,
        values: [ids],
      });
      const byRun = new Map<RunId, Map<number, EffectOnRecord>>(ids.map((id) => [id, new Map()]));
      for (const { run, ...effect } of rows) byRun.get(run)?.set(effect.step, effect);
      return byRun;
    },
    async queuedRuns(after, most) {
      const { rows } = await pool.query<RunRow>(
        `select ${RUN} from reeve.run r where r.state = 'queued' and (r.seq, r.id) > ($1, $2) order by r.seq, r.id limit $3`,
        [after.seq, after.id, most],
      );
      return rows.map(toRun);
    },
    async unsettledRuns(except, most) {
      const { rows } = await pool.query<RunRow>(
        // From the few effects in doubt, not from the many runs that wait for people.
        `select ${RUN} from reeve.run r where r.state = 'waiting' and r.id <> all($1) and r.id in (
           select e.run from reeve.effect e where e.state = 'unknown' and e.class <> 'E3')
         order by r.seq limit $2`,
        [except, most],
      );
      return rows.map(toRun);
    },
    async sourcePosition(name) {
      const { rows } = await pool.query<{ position: string }>('select position from reeve.source where name = $1', [
        name,
      ]);
      return Number(rows[0]?.position ?? 0);
    },
  };
}

/** By its key: of all runs that are looked at, few are found. */
const NO_CHECK = `not exists (select 1 from reeve.document d where d.kind = 'seeded-check' and d.id = r.id)`;

async function openRunsOf(pool: Pool, ids: readonly RunId[], name: string, where: string) {
  const { rows } = await pool.query<RunRow>({
    name,
    text: `select ${RUN} from reeve.run r where r.id = any($1) and r.state in ('queued', 'waiting') and ${where}`,
    values: [ids],
  });
  const events = await eventsById(
    pool,
    rows.map(({ event }) => event),
  );
  return new Map(
    rows.flatMap((row) => {
      const event = events.get(row.event);
      return event === undefined ? [] : [[row.id, { run: toRun(row), event }] as const];
    }),
  );
}

/** Earlier events of the same tenant and subject for each of these, oldest first; the latest thousand of a very long history. */
async function historiesOf(pool: Pool, events: readonly Event[]): Promise<readonly (readonly Event[])[]> {
  const { rows } = await pool.query<EventRow & { place: number }>({
    name: 'histories',
    text: `select q.place::int as place, e.*
           from unnest($1::text[], $2::text[], $3::bigint[]) with ordinality as q(tenant, subject, seq, place)
           cross join lateral (
             select ${EVENT} from reeve.event e
             where e.tenant = q.tenant and e.subject = q.subject and e.seq < q.seq order by e.seq desc limit 1000) e
           order by q.place, e.seq`,
    values: [events.map(({ tenant }) => tenant), events.map(({ subject }) => subject), events.map(({ seq }) => seq)],
  });
  const histories = events.map((): Event[] => []);
  for (const row of rows) if (happened(row)) histories[row.place - 1]?.push(toEvent(row));
  return histories;
}

async function eventsById(pool: Pool, ids: readonly EventId[]): Promise<ReadonlyMap<EventId, Event>> {
  if (ids.length === 0) return new Map();
  const { rows } = await pool.query<EventRow>({
    name: 'events-by-id',
    text: `select ${EVENT} from reeve.event where id = any($1)`,
    values: [ids],
  });
  return new Map(rows.map((row) => [row.id, toEvent(row)]));
}

function toRun(row: RunRow): Run {
  const { agent_version: agentVersion, seq, ...same } = row;
  return { ...same, agentVersion, seq: Number(seq) };
}

function toEvent(row: EventRow): Event {
  return {
    id: row.id,
    tenant: row.tenant,
    type: row.type,
    source: row.source,
    sourceId: row.source_id,
    subject: row.subject,
    time: row.time,
    data: JSON.parse(row.data) as Json,
    dataDigest: row.data_digest,
    label: row.label,
    dedupeKey: row.dedupe_key,
    seq: Number(row.seq),
    principal: row.principal,
    root: row.root ?? row.id,
    depth: row.depth,
    trail: row.trail ?? NO_TRAIL,
  };
}
