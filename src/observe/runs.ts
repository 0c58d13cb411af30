import { and, asc, desc, eq, getTableColumns, gt, lt, lte, or, sql, type SQL } from 'drizzle-orm';
import type { AgentId, RunId, RunState, TenantId } from '../vocabulary/index.ts';
import type { Database } from './database.ts';
import { effect, event, run } from './tables.ts';

/** Which runs; what is absent does not narrow. */
export interface RunFilter {
  readonly state?: RunState;
  readonly agent?: AgentId;
  readonly tenant?: TenantId;
  /** Type of the event. */
  readonly type?: string;
}

/** Where a page of runs ends. */
export interface RunCursor {
  readonly seq: number;
  readonly id: string;
}

export type RunRow = typeof run.$inferSelect;
export type EffectRecord = typeof effect.$inferSelect;

/** Reads runs, newest first, in an order that new runs do not shift. */
export interface RunReader {
  list(filter: RunFilter, after: RunCursor | null, limit: number): Promise<readonly RunRow[]>;
  get(id: RunId): Promise<RunRow | null>;
  ofEvent(seq: number): Promise<readonly RunRow[]>;
  /** In order of their steps. */
  effects(run: RunId): Promise<readonly EffectRecord[]>;
}

const FILTERS = ['state', 'agent', 'tenant', 'type'] as const;
type Shape = (typeof FILTERS)[number] | 'after';

/** Prepares a statement for each combination of filters that is asked for: 32 at most. */
export function runReader(db: Database): RunReader {
  const lists = new Map<string, ReturnType<typeof prepareList>>();
  const one = db
    .select()
    .from(run)
    .where(eq(run.id, sql.placeholder('id')))
    .prepare('read-run');
  const siblings = db
    .select()
    .from(run)
    .where(eq(run.seq, sql.placeholder('seq')))
    .orderBy(asc(run.id))
    .prepare('read-runs-of-event');
  const effects = db
    .select()
    .from(effect)
    .where(eq(effect.run, sql.placeholder('run')))
    .orderBy(asc(effect.step))
    .prepare('read-effects');

  return {
    async list(filter, after, limit) {
      const shape: Shape[] = FILTERS.filter((name) => filter[name] !== undefined);
      if (after !== null) shape.push('after');
      const name = `read-runs-${shape.join('-')}`;
      const list = lists.get(name) ?? prepareList(db, shape, name);
      lists.set(name, list);
      return list.execute({ ...filter, ...(after && { afterSeq: after.seq, afterId: after.id }), limit });
    },
    get: async (id) => (await one.execute({ id }))[0] ?? null,
    ofEvent: (seq) => siblings.execute({ seq }),
    effects: (id) => effects.execute({ run: id }),
  };
}

function prepareList(db: Database, shape: readonly Shape[], name: string) {
  // A run has the number of its event, so that a page of one type can follow the index of events by type.
  const seq = shape.includes('type') ? event.seq : run.seq;
  const conditionOf: Record<Shape, () => SQL | undefined> = {
    state: () => eq(run.state, sql.placeholder('state')),
    agent: () => eq(run.agent, sql.placeholder('agent')),
    tenant: () => eq(run.tenant, sql.placeholder('tenant')),
    type: () => eq(event.type, sql.placeholder('type')),
    // The first bound is what the index is entered by.
    after: () =>
      and(
        lte(seq, sql.placeholder('afterSeq')),
        or(lt(seq, sql.placeholder('afterSeq')), gt(run.id, sql.placeholder('afterId'))),
      ),
  };
  const columns = db.select(getTableColumns(run)).from(run).$dynamic();
  const rows = shape.includes('type') ? columns.innerJoin(event, eq(event.seq, run.seq)) : columns;
  return rows
    .where(and(...shape.map((part) => conditionOf[part]())))
    .orderBy(desc(seq), asc(run.id))
    .limit(sql.placeholder('limit'))
    .prepare(name);
}
