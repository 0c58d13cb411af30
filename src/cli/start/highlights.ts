import type { Pool } from 'pg';
import type { RunId, RunState } from '../../vocabulary/index.ts';

/** What is worth a look after the work: who refused, who is waited for, and one run of each kind. */
export interface Highlights {
  /** Events from outside, by tenant. */
  readonly events: readonly { readonly tenant: string; readonly count: number }[];
  /** Refusals by what refused them, most first: `forbidden: amount-over-limit`. */
  readonly refusals: readonly { readonly by: string; readonly count: number }[];
  /** Questions that stand, by the roles that may answer. */
  readonly waitingFor: readonly { readonly roles: string; readonly count: number }[];
  /** Runs set aside, by why. */
  readonly setAside: readonly { readonly why: string; readonly count: number }[];
  readonly samples: Readonly<Partial<Record<RunState, RunId>>>;
}

const MOST = 5;

/** Reads the highlights from the record: five bounded answers over the tables. */
export async function highlights(pool: Pool): Promise<Highlights> {
  const [events, refusals, waitingFor, setAside, samples] = await Promise.all([
    pool.query<{ tenant: string; n: string }>(
      `select tenant, count(*) as n from reeve.event where source not like 'agents/%' group by 1 order by 1`,
    ),
    // An effect's `why` is `code: policies: reason`; a refusal that no policy made has no policies in between.
    pool.query<{ by: string; n: string }>(
      `select case when why ~ '^forbidden: ' then split_part(why, ': ', 2) else split_part(why, ': ', 1) end as by,
         count(*) as n from reeve.effect where state = 'refused' group by 1 order by n desc, by limit ${MOST}`,
    ),
    pool.query<{ roles: string; n: string }>(
      `select array_to_string(array(select distinct unnest(roles) order by 1), ' and ') as roles, count(*) as n
         from reeve.approval where state = 'pending' group by 1 order by n desc, roles limit ${MOST}`,
    ),
    pool.query<{ why: string; n: string }>(
      `select why, count(*) as n from reeve.run where state = 'set-aside' group by why order by n desc, why limit ${MOST}`,
    ),
    // A run that acted says more than one that found nothing to do.
    pool.query<{ id: RunId; state: RunState }>(
      `(select r.id, r.state from reeve.run r join reeve.effect e on e.run = r.id
          where r.state = 'done' and e.state = 'done' and e.system is not null order by e.seq desc limit 1)
       union all (select id, state from reeve.run where state = 'refused' order by seq desc limit 1)
       union all (select id, state from reeve.run where state = 'waiting' order by seq desc limit 1)
       union all (select id, state from reeve.run where state = 'set-aside' order by seq desc limit 1)`,
    ),
  ]);
  return {
    events: events.rows.map(({ tenant, n }) => ({ tenant, count: Number(n) })),
    refusals: refusals.rows.map(({ by, n }) => ({ by, count: Number(n) })),
    waitingFor: waitingFor.rows.map(({ roles, n }) => ({ roles, count: Number(n) })),
    setAside: setAside.rows.map(({ why, n }) => ({ why, count: Number(n) })),
    samples: Object.fromEntries(samples.rows.map(({ id, state }) => [state, id])),
  };
}
