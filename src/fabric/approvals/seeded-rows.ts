import type { Pool } from 'pg';
import type { Approval, ApprovalId, EventId, Json, RunId } from '../../vocabulary/index.ts';

/** A real request that a check can be made of. */
export interface Model {
  readonly approval: ApprovalId;
  /** As the agent wanted it. */
  readonly bound: Approval['bound'];
  /** Body of the entry that parked it. */
  readonly parked: { readonly [key: string]: Json };
  readonly event: ModelEvent;
}

export interface ModelEvent {
  readonly id: EventId;
  readonly type: string;
  readonly source: string;
  readonly source_id: string;
  readonly subject: string;
  readonly data: string;
  readonly data_digest: string;
  readonly label: object;
}

/** What `reeve.event` has for a dedupe key of an event that was made for a check. Real ones hold a `|`. */
const OF_CHECK = /^seeded-check:[0-9a-f]{64}$/;

/** Agents are told the history of what they work on: what never happened is not part of it. */
export function happened({ dedupe_key: key }: { readonly dedupe_key: string }): boolean {
  return !OF_CHECK.test(key);
}

interface Asked {
  readonly seq: number;
  readonly id: ApprovalId;
  readonly run: RunId;
}

/** What was asked of people for the first time after this place in the log, in order. */
export async function askedAfter(pool: Pool, after: number, most: number): Promise<readonly Asked[]> {
  const { rows } = await pool.query<Asked>(
    `select e.seq::float8 as seq, a.id, a.run
     from reeve.entry e join reeve.approval a on a.permit = e.body::jsonb #>> '{body,permit}' and a.seq = e.seq
     where e.kind = 'intent.parked' and e.seq > $1 and a.content ->> 'round' = '0'
       and not exists (select 1 from reeve.document d where d.kind = 'seeded-check' and d.id = a.run)
     order by e.seq limit $2`,
    [after, most],
  );
  return rows;
}

export async function headOf(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ seq: number }>('select seq::float8 as seq from reeve.head');
  return rows[0]?.seq ?? 0;
}

/**
 * Requests of the same agent for the same tool that are decided: brought by no person, as nobody shall be said to have asked for
 * what they did not, and by an event that one agent alone worked on.
 */
export async function modelsFor(pool: Pool, asked: ApprovalId, most: number): Promise<readonly Model[]> {
  const { rows } = await pool.query<{ approval: ApprovalId; bound: Model['bound']; parked: string } & ModelEvent>(
    `select a.id as approval, coalesce(a.content #> '{original,bound}', a.content -> 'bound') as bound, p.body as parked,
            e.id, e.type, e.source, e.source_id, e.subject, e.data, e.data_digest, e.label
     from reeve.approval n
     join reeve.approval a on a.tenant = n.tenant and a.agent = n.agent and a.tool = n.tool and a.id <> n.id
     join reeve.entry p on p.seq = a.seq
     join reeve.run r on r.id = a.run
     join reeve.event e on e.id = r.event
     where n.id = $1 and a.state not in ('pending', 'approved') and a.content ->> 'round' = '0'
       and e.principal is null and e.root is null
       and not exists (select 1 from reeve.run o where o.event = e.id and o.id <> r.id)
       and not exists (select 1 from reeve.document d where d.kind = 'seeded-check' and d.id = a.run)
     order by a.asked_at desc limit $2`,
    [asked, most],
  );
  return rows.map(({ approval, bound, parked, ...event }) => ({
    approval,
    bound,
    parked: (JSON.parse(parked) as { body: Model['parked'] }).body,
    event,
  }));
}

/** The entry that an effect stands on. */
export async function parkedNow(
  pool: Pool,
  permit: string,
): Promise<{ readonly parked: { readonly [key: string]: Json }; readonly effect: EffectNow } | null> {
  const { rows } = await pool.query<{ body: string } & EffectNow>(
    `select e.body, f.permit, f.tool, f.class, f.system, f.arguments, f.arguments_digest, f.tool_digest,
            f.amount_minor::float8 as amount_minor, f.currency
     from reeve.effect f join reeve.entry e on e.seq = f.seq where f.permit = $1`,
    [permit],
  );
  if (rows[0] === undefined) return null;
  const { body, ...effect } = rows[0];
  return { parked: (JSON.parse(body) as { body: { [key: string]: Json } }).body, effect };
}

interface EffectNow {
  readonly permit: string;
  readonly tool: string;
  readonly class: string;
  readonly system: string | null;
  readonly arguments: string;
  readonly arguments_digest: string;
  readonly tool_digest: string;
  readonly amount_minor: number | null;
  readonly currency: string | null;
}
