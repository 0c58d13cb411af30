import { Client, Pool } from 'pg';
import { GiveUp, isFault, messageOf, Misuse, RetryLater } from '../vocabulary/index.ts';
import { redactUrl } from './config.ts';

const OLDEST_SERVER = 16;
const CONNECT_LIMIT_MS = 5_000;
const IDLE_LIMIT_MS = 30_000;
/** No read of ours needs so long; what does is a mistake that would hold a connection for ever. */
const STATEMENT_LIMIT_MS = 30_000;

export interface PoolOptions {
  readonly connections?: number;
  readonly statementLimitMs?: number;
  /** Whom to act as; by default the one who connects. */
  readonly role?: 'reeve_reader';
}

/**
 * Opens a pool of connections. It connects when first used. A database that dies breaks the statements under way and nothing
 * else: the pool finds the restarted one by itself. Failures of `query` and `connect` that only say that the database is away
 * reject with RetryLater `database-unreachable`; a client that was lent rejects with pg's own errors (see `databaseFault`).
 */
export function openPool(
  url: string,
  { connections = 10, statementLimitMs = STATEMENT_LIMIT_MS, role }: PoolOptions = {},
): Pool {
  const pool = new Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: CONNECT_LIMIT_MS,
    idleTimeoutMillis: IDLE_LIMIT_MS,
    statement_timeout: statementLimitMs,
    keepAlive: true,
    ...(role !== undefined && { options: `-c role=${role}` }),
    application_name: 'reeve',
  });
  // Without these two a connection that dies takes the process along: idle ones report to the pool, lent ones to themselves.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  pool.query = withFaults(pool, pool.query);
  pool.connect = withFaults(pool, pool.connect);
  return pool;
}

/** Wraps a method that returns a promise, unless it was given a callback. */
function withFaults<M>(pool: Pool, method: M): M {
  const plain = method as (...args: unknown[]) => unknown;
  const wrapped = (...args: unknown[]): unknown => {
    const result = Reflect.apply(plain, pool, args);
    if (!(result instanceof Promise)) return result;
    return result.catch((error: unknown) => {
      throw databaseFault(error) ?? error;
    });
  };
  return wrapped as M;
}

/** SQLSTATE classes and codes that mean: not now. 08 connection, 57P0x shutting down or starting, 53300 too many clients. */
const AWAY_STATES = /^(08...|57P0[1235]|53300)$/;
const AWAY_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
/** pg gives these no code. */
const AWAY_WORDS =
  /connection terminated|timeout exceeded when trying to connect|timeout expired|connection error and is not queryable|server closed the connection/i;
const DISK_FULL_STATE = '53100';

/**
 * What an error of pg (or of Drizzle around it) says about the database itself: RetryLater `database-unreachable` when it is
 * away, RetryLater `disk-full` when it has no room; `undefined` when the statement was at fault.
 */
export function databaseFault(error: unknown): RetryLater | undefined {
  if (isFault(error)) return error instanceof RetryLater ? error : undefined;
  if (!(error instanceof Error)) return undefined;
  const code = String((error as { code?: unknown }).code ?? '');
  if (code === DISK_FULL_STATE)
    return new RetryLater('disk-full', `the database has no room: ${error.message}`, { cause: error });
  const inner = error instanceof AggregateError ? (error.errors[0] as unknown) : error.cause;
  if (AWAY_STATES.test(code) || AWAY_CODES.has(code) || AWAY_WORDS.test(error.message)) {
    const why = error.message === '' ? messageOf(inner ?? code) : error.message;
    return new RetryLater('database-unreachable', `the database is away: ${why}`, { cause: error });
  }
  return inner === undefined ? undefined : databaseFault(inner);
}

/** Runs `work` on one connection of its own, for the few things that must not go through a pool: health, set-up, migrations. */
export async function withClient<T>(url: string, limitMs: number, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: limitMs, query_timeout: limitMs });
  client.on('error', () => {});
  try {
    await client.connect();
    return await work(client);
  } catch (error) {
    throw databaseFault(error) ?? error;
  } finally {
    await client.end().catch(() => {});
  }
}

/**
 * Tries a database that others run.
 *
 * @throws RetryLater `database-unreachable`; Misuse `bad-config` when it does not let us in; GiveUp `bad-config` when it is
 * older than PostgreSQL 16.
 */
export async function checkDatabase(url: string): Promise<void> {
  const shown = redactUrl(url);
  try {
    const version = await withClient(url, CONNECT_LIMIT_MS, async (client) => {
      const { rows } = await client.query<{ server_version_num: string }>('show server_version_num');
      return Math.floor(Number(rows[0]?.server_version_num) / 10_000);
    });
    if (version >= OLDEST_SERVER) return;
    throw new GiveUp(
      'bad-config',
      `the database \`${shown}\` is PostgreSQL ${version}: ${OLDEST_SERVER} or newer is needed`,
    );
  } catch (error) {
    if (error instanceof GiveUp) throw error;
    const fix = 'check `REEVE_DATABASE_URL`; without it a database is run in the data folder';
    if (error instanceof RetryLater) {
      throw new RetryLater('database-unreachable', `no database answers at \`${shown}\`: ${messageOf(error.cause)}`, {
        fix,
        cause: error,
      });
    }
    throw new Misuse('bad-config', `the database \`${shown}\` refuses us: ${messageOf(error)}`, { fix, cause: error });
  }
}
