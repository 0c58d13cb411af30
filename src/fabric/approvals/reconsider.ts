import type { Pool } from 'pg';
import { Conflict } from '../../ledger/index.ts';
import { messageOf, type Clock, type Digest, type RunId } from '../../vocabulary/index.ts';
import { offerRuns, type PutOptions } from './put.ts';

/** Takes runs that wait for people back to the gate, where what they were asked under is not what stands any more. */
export interface Reconsidering {
  /** Begins, in the background; asked again meanwhile, it begins anew when it is through. */
  begin(): void;
  /** Resolves when nothing is left to be taken back. */
  settled(): Promise<void>;
  stop(): void;
}

export interface ReconsideringOptions extends PutOptions {
  readonly pool: Pool;
  readonly clock: Clock;
  /** Digest of the policies in force: of each tenant that has some of its own, and `*` for the rest. */
  laws(): Readonly<Record<string, Digest>>;
  /** Versions of the agents that there are. */
  agentVersions(): readonly Digest[];
  /** Resolves when there is room: what has just happened goes before. */
  room(): Promise<void>;
  onTrouble(what: string): void;
}

/** What stands when a page is read. */
interface Now {
  readonly laws: Readonly<Record<string, Digest>>;
  readonly agentVersions: readonly Digest[];
  readonly ms: number;
}

interface Found {
  readonly id: string;
  readonly run: RunId;
  readonly due_at: Date | null;
}

const PAGE = 500;

/**
 * A run goes back to the gate when people were asked under other policies or for another version of the agent, by a version of
 * the platform that kept too little for an answer, or when an answer was given and a crash came before the run went on. The
 * gate voids the question and says why, and then asks anew, lets pass, or refuses.
 */
export function createReconsidering(options: ReconsideringOptions): Reconsidering {
  let running: Promise<void> | null = null;
  let asked = false;
  let stopped = false;

  const begin = (): void => {
    asked = true;
    running ??= work().finally(() => (running = null));
  };
  return {
    begin,
    async settled() {
      while (running !== null) await running;
    },
    stop() {
      stopped = true;
    },
  };

  async function work(): Promise<void> {
    while (asked && !stopped) {
      asked = false;
      try {
        for (const pageOf of [underOtherLaw, unanswerable, leftBehind]) await takeBack(pageOf);
      } catch (error) {
        if (!stopped) options.onTrouble(`approvals could not be taken back to the gate: ${messageOf(error)}`);
      }
    }
  }

  async function takeBack(pageOf: (pool: Pool, now: Now, last: Found) => Promise<Found[]>): Promise<void> {
    let last: Found = { id: '', run: '' as RunId, due_at: null };
    while (!stopped) {
      const now = { laws: options.laws(), agentVersions: options.agentVersions(), ms: options.clock.now() };
      const page = await pageOf(options.pool, now, last);
      const end = page.at(-1);
      if (end === undefined) return;
      last = end;
      const runs = [...new Set(page.map(({ run }) => run))];
      await Promise.all(runs.map((run) => queue(run)));
      await offerRuns(options, runs);
      await options.room();
    }
  }

  async function queue(run: RunId): Promise<void> {
    try {
      await options.writer.append({
        entries: [],
        ends: [{ id: run, state: 'queued', why: 'what people were asked under has changed' }],
      });
    } catch (error) {
      // It is over: its approval expires like any other.
      if (!(error instanceof Conflict && error.on === 'state')) throw error;
    }
  }
}

/** All that are still open have a time at which they are due, and are found by it. */
async function underOtherLaw(pool: Pool, { laws, agentVersions }: Now, last: Found): Promise<Found[]> {
  const { rows } = await pool.query<Found>(
    `select id, run, due_at from reeve.approval
     where due_at is not null and content is not null and (due_at, id) > ($1, $2)
       and not exists (select 1 from reeve.document d where d.kind = 'seeded-check' and d.id = run)
       and (content #>> '{bound,law}' <> coalesce($3::jsonb ->> tenant, $3::jsonb ->> '*') or content #>> '{bound,agentVersion}' <> all($4))
     order by due_at, id limit ${PAGE}`,
    [last.due_at ?? '-infinity', last.id, JSON.stringify(laws), agentVersions],
  );
  return rows;
}

/** Asked by the first version of the platform. */
async function unanswerable(pool: Pool, _: Now, last: Found): Promise<Found[]> {
  const { rows } = await pool.query<Found>(
    `select id, run, expires_at as due_at from reeve.approval
     where state = 'pending' and content is null and (expires_at, id) > ($1, $2) order by expires_at, id limit ${PAGE}`,
    [last.due_at ?? '-infinity', last.id],
  );
  return rows;
}

/** Answered, and yet their run stands as waiting. */
async function leftBehind(pool: Pool, { ms }: Now, last: Found): Promise<Found[]> {
  const { rows } = await pool.query<Found>(
    `select a.id, a.run, null::timestamptz as due_at
     from reeve.run r join reeve.approval a on a.run = r.id join reeve.effect e on e.permit = a.permit
     where r.state = 'waiting' and e.state = 'waiting' and a.state in ('approved', 'declined', 'expired') and a.id > $1
       and coalesce((a.content ->> 'notBefore')::bigint, 0) <= $2
     order by a.id limit ${PAGE}`,
    [last.id, ms],
  );
  return rows;
}
