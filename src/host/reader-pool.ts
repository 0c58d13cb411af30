import type { Pool, PoolClient } from 'pg';
import { databaseFault, openPool, type PoolOptions } from './pool.ts';

/**
 * Reads for people: as a role that may only read, and only of the tenants that are named.
 *
 * INVARIANT (tenants-do-not-meet): what is read for somebody holds nothing of a tenant in which they may not read.
 */
export interface ReaderPool {
  /**
   * What answers queries as if the record held nothing but these tenants; `*`: all of them. It has the face of a pool, as
   * far as `query` goes.
   */
  of(tenants: '*' | readonly string[]): Pick<Pool, 'query'>;
  end(): Promise<void>;
}

/**
 * Opens connections on which row-level security holds. Which tenants a connection sees is set when it last saw others, so that
 * whoever asks as the one before pays nothing; a connection on which something failed is not used again.
 */
export function openReaderPool(url: string, options: PoolOptions = {}): ReaderPool {
  const pool = openPool(url, { ...options, role: 'reeve_reader' });
  /** What each connection sees now. */
  const seen = new WeakMap<PoolClient, string>();

  async function query(tenants: string, args: readonly unknown[]): Promise<unknown> {
    const client = await pool.connect();
    try {
      if (seen.get(client) !== tenants) {
        // Forgotten first: should this fail halfway, nobody takes it for set.
        seen.delete(client);
        await client.query({
          name: 'see-tenants',
          text: `select set_config('reeve.tenants', $1, false)`,
          values: [tenants],
        });
        seen.set(client, tenants);
      }
      const result: unknown = await Reflect.apply(client.query, client, args);
      client.release();
      return result;
    } catch (error) {
      client.release(true);
      throw databaseFault(error) ?? error;
    }
  }

  return {
    of(tenants) {
      const names = tenants === '*' ? '*' : tenants.filter((name) => name !== '*' && !name.includes(',')).join(',');
      return { query: (...args: unknown[]) => query(names, args) } as unknown as Pick<Pool, 'query'>;
    },
    end: () => pool.end(),
  };
}
