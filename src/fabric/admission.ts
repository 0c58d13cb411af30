import type { Pool } from 'pg';
import { type Change, Conflict, type LedgerWriter } from '../ledger/index.ts';
import {
  canonical,
  derivedId,
  failpoint,
  NO_TRAIL,
  RetryLater,
  type Agent,
  type Event,
  type EventId,
  type Json,
  type Run,
} from '../vocabulary/index.ts';
import { shareQuery } from './shared-query.ts';
import type { Subscribers } from './subscriptions.ts';

/** What became of an event that was handed in. */
export interface Admitted {
  readonly event: EventId;
  readonly state: 'admitted' | 'repeat';
  /** Position on record; null for a repeat. */
  readonly seq: number | null;
  readonly runs: number;
}

/** Puts events on record, once each, with the runs that they make. */
export interface Admission {
  /**
   * Resolves when the event is durable, or known to be a repeat. `source` notes how far a shipped source has been read.
   *
   * @throws RetryLater `queue-full` when there is no room for its runs.
   */
  admit(event: Event, options?: AdmitOptions): Promise<Admitted>;
  admitted(): number;
}

export interface AdmitOptions {
  readonly source?: { readonly name: string; readonly position: number };
  /** Set for events that agents publish and for shipped records, whose source already waits for room. */
  readonly evenWhenFull?: boolean;
}

export interface AdmissionOptions {
  readonly pool: Pool;
  readonly writer: LedgerWriter;
  readonly subscribers: Subscribers;
  /** How many more runs may be queued. */
  room(): number;
  /** Takes over the runs that an event makes. */
  offer(runs: readonly { run: Run; agent: Agent; event: Event }[]): void;
}

/** A repeat is recognised for ever: by the primary key of the event, which follows from tenant and dedupe key. */
export function createAdmission(options: AdmissionOptions): Admission {
  const { pool, writer, subscribers } = options;
  const underWay = new Map<EventId, Promise<Admitted>>();
  const isKnown = shareQuery((ids: readonly EventId[]) => areKnown(pool, ids));
  let count = 0;
  /** Runs on their way to the record: they will need room, too. */
  let coming = 0;

  return {
    admitted: () => count,
    async admit(event, { source, evenWhenFull = false } = {}) {
      const same = underWay.get(event.id);
      if (same !== undefined) return { ...(await same), state: 'repeat', seq: null, runs: 0 };
      const agents = subscribers.of(event);
      if (!evenWhenFull && agents.length > options.room() - coming) {
        throw new RetryLater('queue-full', 'there is no room for more work now', { afterMs: 1_000 });
      }
      coming += agents.length;
      const admitting = putOnRecord(event, agents, source).finally(() => {
        coming -= agents.length;
        underWay.delete(event.id);
      });
      underWay.set(event.id, admitting);
      return admitting;
    },
  };

  async function putOnRecord(
    event: Event,
    agents: readonly Agent[],
    source: AdmitOptions['source'],
  ): Promise<Admitted> {
    if (await isKnown(event.id)) return { event: event.id, state: 'repeat', seq: null, runs: 0 };
    failpoint('admit.before-commit');
    const runs = agents.map((agent) => ({ agent, id: derivedId('run', event.id, agent.name) }));
    let seq: number;
    try {
      seq = await writer.append(changeOf(event, runs, source));
    } catch (error) {
      if (error instanceof Conflict) return { event: event.id, state: 'repeat', seq: null, runs: 0 };
      throw error;
    }
    failpoint('admit.after-commit');
    count += 1;
    const admitted = { ...event, seq };
    options.offer(runs.map(({ agent, id }) => ({ run: runOf(id, agent, admitted), agent, event: admitted })));
    return { event: event.id, state: 'admitted', seq, runs: runs.length };
  }
}

function runOf(id: Run['id'], agent: Agent, { id: event, seq, subject }: Event): Run {
  return { id, tenant: agent.tenant, agent: agent.name, agentVersion: agent.version, event, seq, subject, attempts: 0 };
}

function changeOf(
  event: Event,
  runs: readonly { readonly id: Run['id']; readonly agent: Agent }[],
  source: AdmitOptions['source'],
): Change {
  const { id, tenant, type, subject, time, label } = event;
  const body = {
    event: id,
    type,
    source: event.source,
    sourceId: event.sourceId,
    subject,
    time,
    dataDigest: event.dataDigest,
    label: label as unknown as Json,
    agents: runs.map(({ agent }) => agent.name),
    ...(event.principal !== null && { principal: event.principal }),
    ...(event.root !== id && { root: event.root, depth: event.depth, trail: event.trail as unknown as Json }),
  };
  return {
    entries: [{ kind: 'event.admitted', tenant, run: null, agent: null, body }],
    events: [
      {
        entry: 0,
        id,
        tenant,
        type,
        source: event.source,
        source_id: event.sourceId,
        subject,
        time,
        data: canonical(event.data),
        data_digest: event.dataDigest,
        label,
        dedupe_key: event.dedupeKey,
        principal: event.principal,
        root: event.root === id ? null : event.root,
        depth: event.depth,
        trail: event.trail === NO_TRAIL ? null : event.trail,
      },
    ],
    runs: runs.map(({ id: run, agent }) => ({
      entry: 0,
      id: run,
      tenant,
      agent: agent.name,
      agent_version: agent.version,
      event: id,
      subject,
    })),
    ...(source && { sources: [source] }),
  };
}

/** Whether events are on record already. */
async function areKnown(pool: Pool, ids: readonly EventId[]): Promise<readonly boolean[]> {
  const { rows } = await pool.query<{ id: EventId }>({
    name: 'known-events',
    text: 'select id from reeve.event where id = any($1)',
    values: [ids],
  });
  const known = new Set(rows.map(({ id }) => id));
  return ids.map((id) => known.has(id));
}
