import { chownSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DataFolder } from './data-folder.ts';
import { portOfFolder, type Ports } from './free-port.ts';
import { endOrphans, type Tracks } from './orphans.ts';
import { withClient } from './pool.ts';
import { postgresBinaries } from './postgres-binaries.ts';
import { ensureCluster, POSTGRES_ENVIRONMENT, reach, readPasswords, SUPERUSER } from './postgres-cluster.ts';
import { isPortTaken, ORPHAN_LIMIT_MS, supervise, type Child, type OnChange } from './supervise.ts';
import { unprivilegedUser } from './unprivileged-user.ts';

export const SERVICE = 'postgres';
const PORT_ATTEMPTS = 3;
const HEALTH_LIMIT_MS = 2_000;
/**
 * Whom the platform connects as: owns its database and is no superuser, so that triggers, grants and row security hold for it.
 * Migrations make a role with fewer rights still, hence `createrole`.
 */
const OWNER = 'reeve';

/**
 * For a machine that also runs the engine and the platform. `fsync`, `full_page_writes` and `synchronous_commit` are the
 * defaults, said aloud: what is acknowledged is on disk.
 */
const SERVER_SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  autovacuum: 'on',
  shared_buffers: '64MB',
  effective_cache_size: '256MB',
  max_connections: '50',
  max_wal_size: '512MB',
  jit: 'off',
  io_method: 'sync',
  huge_pages: 'off',
  password_encryption: 'scram-sha-256',
  idle_in_transaction_session_timeout: '60s',
  log_min_messages: 'warning',
  timezone: 'UTC',
  log_timezone: 'UTC',
} as const;

export interface EmbeddedPostgres {
  readonly child: Child;
  /** With user and password. */
  readonly url: string;
  /** The folder of the programs that run: in node_modules, or a copy where an unprivileged user can reach it. */
  readonly binaries: string;
}

/**
 * Runs PostgreSQL in `postgres/` of the data folder: made by initdb at first, then supervised, on loopback, with a password
 * that lies in the data folder.
 *
 * @throws GiveUp `disk-full`, `bad-config`, `data-folder-of-another-version`; RetryLater `database-unreachable`, `port-taken`.
 */
export async function startPostgres(folder: DataFolder, ports: Ports, onChange: OnChange): Promise<EmbeddedPostgres> {
  const home = folder.at(SERVICE);
  const data = join(home, 'data');
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const runAs = unprivilegedUser(home);
  if (runAs !== undefined) chownSync(home, runAs.uid, runAs.gid);
  const binaries = postgresBinaries(runAs);
  const tracks: Tracks = {
    pidFile: folder.at('run', `${SERVICE}.json`),
    folders: [home, data],
    programs: ['postgres', 'initdb'],
  };
  await endOrphans(tracks, 'SIGINT', ORPHAN_LIMIT_MS);
  const passwords = readPasswords(folder, existsSync(data));
  await ensureCluster(home, binaries, runAs, passwords.superuser);

  for (let attempt = 1; ; attempt++) {
    const port = await ports.choose(SERVICE, portOfFolder(folder, 0));
    const adminUrl = urlOf(SUPERUSER, passwords.superuser, port, 'postgres');
    const access = reach(home, runAs);
    const settings = Object.entries({ ...SERVER_SETTINGS, port: String(port) });
    try {
      const child = await supervise(
        {
          name: SERVICE,
          command: join(binaries, 'postgres'),
          args: ['-D', join(access.home, 'data'), ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])],
          env: POSTGRES_ENVIRONMENT,
          workFolder: data,
          runAs,
          openFiles: access.openFiles,
          logFile: folder.at('logs', `${SERVICE}.log`),
          tracks,
          health: () => withClient(adminUrl, HEALTH_LIMIT_MS, async (client) => void (await client.query('select 1'))),
          beforeStart: () => removeStaleLock(data),
          afterStop: () => access.close(),
          // "Fast": ends connections, writes a checkpoint, ends. SIGTERM would wait for every client.
          stopSignal: 'SIGINT',
          stopLimitMs: 10_000,
          startLimitMs: 60_000,
          faultCode: 'database-unreachable',
          portTaken: /could not bind .* address|address already in use/i,
        },
        onChange,
      );
      await makeOwner(child, adminUrl, passwords.owner);
      return { child, url: ownerUrl(passwords.owner, port), binaries };
    } catch (error) {
      if (!isPortTaken(error) || attempt >= PORT_ATTEMPTS) throw error;
    }
  }
}

/**
 * A killed server leaves its pid. When that pid is some other process by now, PostgreSQL would take it for a living server and
 * refuse to start. On Linux we have just seen that no server works in this folder; elsewhere PostgreSQL judges for itself.
 */
function removeStaleLock(data: string): void {
  if (process.platform === 'linux') rmSync(join(data, 'postmaster.pid'), { force: true });
}

/** The role and the database that the platform uses; made once. Passwords are hex: safe to quote. */
async function makeOwner(child: Child, adminUrl: string, password: string): Promise<void> {
  try {
    await withClient(adminUrl, HEALTH_LIMIT_MS * 5, async (client) => {
      const role = await client.query('select from pg_roles where rolname = $1', [OWNER]);
      if (role.rowCount === 0) await client.query(`create role ${OWNER} login createrole password '${password}'`);
      const database = await client.query('select from pg_database where datname = $1', [OWNER]);
      if (database.rowCount === 0) await client.query(`create database ${OWNER} owner ${OWNER}`);
    });
  } catch (error) {
    await child.stop();
    throw error;
  }
}

/** The address that the platform uses, with user and password. */
export function ownerUrl(password: string, port: number): string {
  return urlOf(OWNER, password, port, OWNER);
}

function urlOf(user: string, password: string, port: number, database: string): string {
  return `postgres://${user}:${password}@127.0.0.1:${port}/${database}`;
}
