import { existsSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { GiveUp, messageOf, RetryLater } from '../vocabulary/index.ts';
import type { DataFolder } from './data-folder.ts';
import { requireFreeSpace } from './disk-full.ts';
import { portOfFolder, type Ports } from './free-port.ts';
import type { Tracks } from './orphans.ts';
import { isPortTaken, supervise, type Child, type OnChange } from './supervise.ts';

const SERVICE = 'restate';
const PLATFORM = `${process.platform}-${process.arch}`;
const PORT_ATTEMPTS = 3;
const HEALTH_LIMIT_MS = 2_000;
/** It sets aside about 220 MiB of write-ahead log within its first minutes. */
const FIRST_START_BYTES = 300 * 1024 * 1024;

/** The two addresses of the engine. Neither asks who calls: they are for us alone. */
export interface EngineAddresses {
  readonly ingress: string;
  readonly admin: string;
}

export interface EmbeddedRestate extends EngineAddresses {
  readonly child: Child;
}

/**
 * Runs the Restate server in `restate/` of the data folder, supervised, on loopback.
 *
 * @throws GiveUp `disk-full`, `bad-config` when there is no server for this machine; RetryLater `engine-unreachable`,
 * `port-taken`.
 */
export async function startRestate(
  folder: DataFolder,
  ports: Ports,
  partitions: number,
  onChange: OnChange,
): Promise<EmbeddedRestate> {
  const command = findServer();
  const home = folder.at(SERVICE);
  if (!existsSync(home)) await requireFreeSpace(folder.path, FIRST_START_BYTES);
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const tracks: Tracks = {
    pidFile: folder.at('run', `${SERVICE}.json`),
    folders: [home],
    programs: ['restate-server'],
  };
  for (let attempt = 1; ; attempt++) {
    const [ingress, admin, node] = await choosePorts(folder, ports);
    const addresses = { ingress: `http://127.0.0.1:${ingress}`, admin: `http://127.0.0.1:${admin}` };
    try {
      const child = await supervise(
        {
          name: SERVICE,
          command,
          args: ['--no-logo'],
          env: environment(home, partitions, { ingress, admin, node }),
          workFolder: home,
          logFile: folder.at('logs', `${SERVICE}.log`),
          tracks,
          health: () => checkWorking(addresses),
          stopSignal: 'SIGTERM',
          stopLimitMs: 10_000,
          startLimitMs: 60_000,
          faultCode: 'engine-unreachable',
          portTaken: /RT0004|address already in use/i,
        },
        onChange,
      );
      return { child, ...addresses };
    } catch (error) {
      if (!isPortTaken(error) || attempt >= PORT_ATTEMPTS) throw error;
    }
  }
}

/**
 * Tries a Restate server that others run.
 *
 * @throws RetryLater `engine-unreachable` that names the address which does not answer.
 */
export async function checkEngine({ ingress, admin }: EngineAddresses): Promise<void> {
  const fix =
    'check `REEVE_RESTATE_INGRESS` and `REEVE_RESTATE_ADMIN`; without both an engine is run in the data folder';
  for (const [variable, address, path] of [
    ['REEVE_RESTATE_INGRESS', ingress, '/restate/health'],
    ['REEVE_RESTATE_ADMIN', admin, '/health'],
  ] as const) {
    await requireOk(address + path).catch((error: unknown) => {
      const message = `no Restate server answers at \`${variable}\`, \`${new URL(address).origin}\`: ${messageOf(error)}`;
      throw new RetryLater('engine-unreachable', message, { fix, cause: error });
    });
  }
}

/** Health is green a moment before the partitions have leaders; a query that reaches them all says that calls will work. */
async function checkWorking({ ingress, admin }: EngineAddresses): Promise<void> {
  await requireOk(`${ingress}/restate/health`);
  await requireOk(`${admin}/health`);
  await requireOk(`${admin}/query`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ query: 'select id from sys_invocation_status limit 1' }),
  });
}

async function requireOk(url: string, init: RequestInit = {}): Promise<void> {
  let response: Response;
  try {
    response = await fetch(url, { ...init, signal: AbortSignal.timeout(HEALTH_LIMIT_MS) });
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    throw new Error(messageOf(cause instanceof Error && cause.message !== '' ? cause : error), { cause: error });
  }
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`status ${response.status}`);
}

/** Ingress, admin API, and the port of the node itself, which is for other nodes only. */
async function choosePorts(folder: DataFolder, ports: Ports): Promise<[number, number, number]> {
  return [
    await ports.choose('restate-ingress', portOfFolder(folder, 1)),
    await ports.choose('restate-admin', portOfFolder(folder, 2)),
    await ports.choose('restate-node', portOfFolder(folder, 3)),
  ];
}

/**
 * The node's name is fixed: by default it is the host's name, and its files lie under it. Without `RESTATE_BIND_IP` the server
 * listens to the world. The telemetry switch does not cover one look at github.com for the latest release at each start; that
 * has no switch, and does no harm when it fails.
 */
function environment(
  home: string,
  partitions: number,
  ports: { ingress: number; admin: number; node: number },
): Record<string, string> {
  return {
    PATH: '/usr/bin:/bin',
    TZ: 'UTC',
    RESTATE_BASE_DIR: home,
    RESTATE_CLUSTER_NAME: 'reeve',
    RESTATE_NODE_NAME: 'reeve',
    RESTATE_LISTEN_MODE: 'tcp',
    RESTATE_BIND_IP: '127.0.0.1',
    RESTATE_ADVERTISED_HOST: '127.0.0.1',
    RESTATE_BIND_PORT: String(ports.node),
    RESTATE_INGRESS__BIND_PORT: String(ports.ingress),
    RESTATE_ADMIN__BIND_PORT: String(ports.admin),
    RESTATE_DEFAULT_NUM_PARTITIONS: String(partitions),
    RESTATE_DISABLE_TELEMETRY: 'true',
    RESTATE_EXPERIMENTAL_ENABLE_UNIQUE_RANDOM_SEEDS: 'true',
    RESTATE_LOG_FILTER: 'warn',
    RESTATE_LOG_FORMAT: 'json',
  };
}

/** The binary of the platform's package: the package above it would put a Node process (42 MB) between us and it. */
function findServer(): string {
  try {
    return fileURLToPath(import.meta.resolve(`@restatedev/restate-server-${PLATFORM}/bin/restate-server`));
  } catch (error) {
    throw new GiveUp('bad-config', `there is no embedded engine for \`${PLATFORM}\` in node_modules`, {
      fix: 'install again with optional dependencies, or set `REEVE_RESTATE_INGRESS` and `REEVE_RESTATE_ADMIN`',
      cause: error,
    });
  }
}
