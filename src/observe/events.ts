import { eq, sql } from 'drizzle-orm';
import type { Event, EventId, Json } from '../vocabulary/index.ts';
import type { Database } from './database.ts';
import { event } from './tables.ts';

/** An event as it is on record. */
export type EventOnRecord = Omit<Event, 'dedupeKey' | 'trail'>;

export interface EventReader {
  get(id: EventId): Promise<EventOnRecord | null>;
  /** Its place on record; null when it is not there. */
  seqOf(id: EventId): Promise<number | null>;
}

export function eventReader(db: Database): EventReader {
  const byId = eq(event.id, sql.placeholder('id'));
  const one = db.select().from(event).where(byId).prepare('read-event');
  const seq = db.select({ seq: event.seq }).from(event).where(byId).prepare('read-event-seq');
  return {
    async get(id) {
      const [row] = await one.execute({ id });
      return row === undefined ? null : { ...row, root: row.root ?? row.id, data: JSON.parse(row.data) as Json };
    },
    seqOf: async (id) => (await seq.execute({ id }))[0]?.seq ?? null,
  };
}
