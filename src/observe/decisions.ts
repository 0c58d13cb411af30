import { and, asc, eq, gt, inArray, like, lte, max, sql } from 'drizzle-orm';
import type { Digest, Entry, EntryKind, EventId, PermitId } from '../vocabulary/index.ts';
import type { Database } from './database.ts';
import { entry, event, judgedCase } from './tables.ts';

/** What was decided, in the order of the log, with what it was decided on. */
export interface DecisionReader {
  /** Entries of intents, permitted, parked and refused. */
  list(after: number, limit: number): Promise<readonly Entry[]>;
  /** Entries of outcomes after one position and up to another that say what budgets were charged with. */
  charged(after: number, upTo: number): Promise<readonly Entry[]>;
  /** Of events that agents published, by which act. */
  causes(events: readonly EventId[]): Promise<ReadonlyMap<EventId, PermitId>>;
  /** Cases by digest; one that is not on record is left out. */
  cases(digests: readonly Digest[]): Promise<ReadonlyMap<Digest, string>>;
  /**
   * Position of the last entry that is older than this (milliseconds since the epoch), found by halving: entries have their
   * times in order, as far as the platform's clock was never set back.
   */
  before(time: number): Promise<number>;
}

const KINDS = ['intent.permitted', 'intent.parked', 'intent.refused'] as const satisfies readonly EntryKind[];

const OUTCOMES = ['outcome.recorded', 'outcome.settled'] as const satisfies readonly EntryKind[];

export function decisionReader(db: Database): DecisionReader {
  const list = db
    .select({ body: entry.body })
    .from(entry)
    // An intent is one entry in four or so: a page of them is found on the way.
    .where(and(gt(entry.seq, sql.placeholder('after')), inArray(entry.kind, [...KINDS])))
    .orderBy(asc(entry.seq))
    .limit(sql.placeholder('limit'))
    .prepare('read-decisions');
  const charged = db
    .select({ body: entry.body })
    .from(entry)
    .where(
      and(
        gt(entry.seq, sql.placeholder('after')),
        lte(entry.seq, sql.placeholder('upTo')),
        inArray(entry.kind, [...OUTCOMES]),
        like(entry.body, '%"spent":{%'),
      ),
    )
    .orderBy(asc(entry.seq))
    .prepare('read-charged');
  const at = db
    .select({ at: entry.at })
    .from(entry)
    .where(eq(entry.seq, sql.placeholder('seq')))
    .prepare('read-entry-time');
  return {
    list: async (after, limit) => (await list.execute({ after, limit })).map(({ body }) => JSON.parse(body) as Entry),
    charged: async (after, upTo) =>
      (await charged.execute({ after, upTo })).map(({ body }) => JSON.parse(body) as Entry),
    async causes(events) {
      if (events.length === 0) return new Map();
      const rows = await db
        .select({ id: event.id, permit: event.sourceId })
        .from(event)
        .where(and(inArray(event.id, [...events]), like(event.source, 'agents/%')));
      return new Map(rows.map(({ id, permit }) => [id, permit as PermitId]));
    },
    async cases(digests) {
      if (digests.length === 0) return new Map();
      const rows = await db
        .select()
        .from(judgedCase)
        .where(inArray(judgedCase.digest, [...digests]));
      return new Map(rows.map(({ digest, text }) => [digest, text]));
    },
    async before(time) {
      const [last] = await db.select({ seq: max(entry.seq) }).from(entry);
      let older = 0;
      let newer = (last?.seq ?? 0) + 1;
      while (newer - older > 1) {
        const middle = Math.floor((older + newer) / 2);
        const [row] = await at.execute({ seq: middle });
        if (row !== undefined && row.at.getTime() < time) older = middle;
        else newer = middle;
      }
      return older;
    },
  };
}
