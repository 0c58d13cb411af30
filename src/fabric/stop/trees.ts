import type { Pool } from 'pg';
import { isId, RetryLater, type Event, type EventId, type RunId, type TenantId } from '../../vocabulary/index.ts';

/** All runs that came of one event. */
export interface Tree {
  readonly root: EventId;
  readonly tenant: TenantId;
}

/** Finds the run tree that a run or an event belongs to. */
export interface Trees {
  /** Remembers it, so that it is found also while the record is away. */
  note(run: RunId, event: Event): void;
  /** Null when there is no such run or event. Throws RetryLater `record-unavailable` when that cannot be told now. */
  find(id: string): Promise<Tree | null>;
}

/** Runs remembered; whoever stops a tree saw it lately. */
const REMEMBERED = 20_000;
const PATIENCE_MS = 1_000;

export function createTrees(pool: Pool): Trees {
  const known = new Map<string, Tree>();
  return {
    note(run, { id, root, tenant }) {
      const tree = { root, tenant };
      for (const key of [run, id, root]) known.set(key, tree);
      for (const oldest of known.keys()) {
        if (known.size <= REMEMBERED) break;
        known.delete(oldest);
      }
    },
    find: async (id) => known.get(id) ?? (await withinPatience(onRecord(pool, id))),
  };
}

async function onRecord(pool: Pool, id: string): Promise<Tree | null> {
  const event = isId('run', id) ? '(select event from reeve.run where id = $1)' : '$1';
  const { rows } = await pool.query<Tree>(
    `select coalesce(root, id) as root, tenant from reeve.event where id = ${event}`,
    [id],
  );
  return rows[0] ?? null;
}

async function withinPatience<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer')), PATIENCE_MS);
  });
  work.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } catch (cause) {
    throw new RetryLater('record-unavailable', 'the record is away, so the tree of this cannot be looked up', {
      cause,
      fix: 'stop it by the event that it grew from (`tree:evt_...`), or stop the agent or the tenant',
    });
  } finally {
    clearTimeout(timer);
  }
}
