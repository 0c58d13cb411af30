import { and, asc, eq, gt, sql } from 'drizzle-orm';
import { ENTRY_KINDS, type Entry, type EntryKind, type RunId } from '../vocabulary/index.ts';
import type { Database } from './database.ts';
import { entry } from './tables.ts';

/** An entry with the text that was sealed. */
export interface EntryOnRecord {
  readonly entry: Entry;
  /** Canonical; its leaf hash is in the log. */
  readonly text: string;
}

export interface EntryFilter {
  readonly run?: RunId;
  readonly kind?: EntryKind;
}

/** Reads entries in the order of the log. */
export interface EntryReader {
  list(filter: EntryFilter, after: number, limit: number): Promise<readonly EntryOnRecord[]>;
  get(seq: number): Promise<EntryOnRecord | null>;
}

/**
 * Kinds that every run leaves: so common that a page of one is found on the way. The others are in an index of their own,
 * `entry_rare`, whose condition this list must be.
 */
const COMMON = ['event.admitted', 'intent.permitted', 'outcome.recorded', 'run.ended'] as const satisfies EntryKind[];
const RARE: ReadonlySet<EntryKind> = new Set(ENTRY_KINDS.filter((kind) => !COMMON.some((common) => common === kind)));

export function entryReader(db: Database): EntryReader {
  const lists = new Map<string, ReturnType<typeof prepareList>>();
  const one = db
    .select({ body: entry.body })
    .from(entry)
    .where(eq(entry.seq, sql.placeholder('seq')))
    .prepare('read-entry');
  return {
    async list(filter, after, limit) {
      const kind = filter.kind === undefined ? 'any' : RARE.has(filter.kind) ? 'rare' : 'common';
      const name = `read-entries-${kind}-${filter.run === undefined ? 'all' : 'run'}`;
      const list = lists.get(name) ?? prepareList(db, kind, filter.run !== undefined, name);
      lists.set(name, list);
      return (await list.execute({ ...filter, after, limit })).map(({ body }) => onRecord(body));
    },
    async get(seq) {
      const [row] = await one.execute({ seq });
      return row === undefined ? null : onRecord(row.body);
    },
  };
}

function prepareList(db: Database, kind: 'any' | 'rare' | 'common', ofRun: boolean, name: string) {
  const commonKinds = sql.raw(COMMON.map((common) => `'${common}'`).join(', '));
  return db
    .select({ body: entry.body })
    .from(entry)
    .where(
      and(
        gt(entry.seq, sql.placeholder('after')),
        kind === 'any' ? undefined : eq(entry.kind, sql.placeholder('kind')),
        // Said in words as well, so that the planner sees that the index holds all of them.
        kind === 'rare' ? sql`${entry.kind} not in (${commonKinds})` : undefined,
        ofRun ? eq(entry.run, sql.placeholder('run')) : undefined,
      ),
    )
    .orderBy(asc(entry.seq))
    .limit(sql.placeholder('limit'))
    .prepare(name);
}

function onRecord(text: string): EntryOnRecord {
  return { entry: JSON.parse(text) as Entry, text };
}
