import { redactUrl, type Config } from './config.ts';
import { openDataFolder, type DataFolder } from './data-folder.ts';
import { asDiskFull } from './disk-full.ts';
import { openPorts, type Ports } from './free-port.ts';
import { checkDatabase } from './pool.ts';
import { startPostgres, type EmbeddedPostgres } from './postgres.ts';
import { checkEngine, startRestate, type EmbeddedRestate, type EngineAddresses } from './restate.ts';
import type { Child, ChildState } from './supervise.ts';

/** What happens to a child, told as it happens. */
export interface HostEvent {
  readonly child: string;
  readonly state: ChildState;
  readonly pid: number | undefined;
  readonly restarts: number;
  /** Why it is not healthy. */
  readonly reason: string | undefined;
}

export type ServiceStatus =
  | ({ readonly kind: 'embedded'; readonly address: string } & Omit<HostEvent, 'child'>)
  /** Run by others: what it does we learn when we use it. */
  | { readonly kind: 'external'; readonly address: string };

export interface HostStatus {
  readonly dataDir: string;
  readonly ports: Readonly<Record<string, number>>;
  readonly database: ServiceStatus;
  readonly engine: ServiceStatus;
}

/** What a running platform stands on. */
export interface Host {
  /** With user and password: not for show (see `status`). */
  readonly databaseUrl: string;
  readonly engine: EngineAddresses;
  readonly dataDir: string;
  readonly folder: DataFolder;
  /** The embedded services' ports. The platform takes its own from `choosePort`. */
  readonly ports: Readonly<Record<string, number>>;
  readonly choosePort: Ports['choose'];
  readonly children: { readonly postgres?: Child; readonly restate?: Child };
  /** Safe to show. */
  status(): HostStatus;
  /** Ends what runs and frees the data folder. No process is left when it resolves. */
  stop(): Promise<void>;
}

/**
 * Opens the data folder and brings up database and engine, both at once: embedded, or those that the config names.
 * When it throws, nothing is left running.
 *
 * @throws GiveUp `data-folder-in-use`, `data-folder-of-another-version`, `disk-full`, `port-taken`; RetryLater
 * `database-unreachable`, `engine-unreachable`; Misuse `bad-config`.
 */
export async function startHost(
  config: Config,
  { onEvent = () => {} }: { onEvent?: (event: HostEvent) => void } = {},
): Promise<Host> {
  const folder = openDataFolder(config.dataDir);
  const tell = (child: Child): void => onEvent({ child: child.name, ...stateOf(child) });
  const stop = async (...children: (Child | undefined)[]): Promise<void> => {
    try {
      await Promise.all(children.filter((child) => child !== undefined).map((child) => child.stop()));
    } finally {
      folder.close();
    }
  };
  const ports = openPorts(folder);
  const [database, engine] = await Promise.allSettled([
    bringUpDatabase(config, folder, ports, tell),
    bringUpEngine(config, folder, ports, tell),
  ]);
  if (database.status === 'rejected' || engine.status === 'rejected') {
    await stop(
      database.status === 'fulfilled' ? database.value.child : undefined,
      engine.status === 'fulfilled' ? engine.value.child : undefined,
    );
    const error: unknown = database.status === 'rejected' ? database.reason : (engine as PromiseRejectedResult).reason;
    throw asDiskFull(error, folder.path) ?? error;
  }
  const { child: postgres, url } = database.value;
  const { child: restate, ingress, admin } = engine.value;
  let stopping: Promise<void> | undefined;
  return {
    databaseUrl: url,
    engine: { ingress, admin },
    dataDir: folder.path,
    folder,
    get ports() {
      return ports.chosen();
    },
    choosePort: ports.choose,
    children: { ...(postgres && { postgres }), ...(restate && { restate }) },
    status: () => ({
      dataDir: folder.path,
      ports: ports.chosen(),
      database: statusOf(postgres, redactUrl(url)),
      engine: statusOf(restate, redactUrl(ingress)),
    }),
    stop: () => (stopping ??= stop(postgres, restate)),
  };
}

type Maybe<T extends { child: Child }> = Omit<T, 'child'> & { readonly child?: Child };

async function bringUpDatabase(
  config: Config,
  folder: DataFolder,
  ports: Ports,
  tell: (child: Child) => void,
): Promise<Pick<Maybe<EmbeddedPostgres>, 'child' | 'url'>> {
  if (config.databaseUrl === undefined) return startPostgres(folder, ports, tell);
  await checkDatabase(config.databaseUrl);
  return { url: config.databaseUrl };
}

async function bringUpEngine(
  config: Config,
  folder: DataFolder,
  ports: Ports,
  tell: (child: Child) => void,
): Promise<Maybe<EmbeddedRestate>> {
  const { restateIngress, restateAdmin } = config;
  if (restateIngress === undefined || restateAdmin === undefined) {
    return startRestate(folder, ports, config.restatePartitions, tell);
  }
  const addresses = { ingress: withoutSlash(restateIngress), admin: withoutSlash(restateAdmin) };
  await checkEngine(addresses);
  return addresses;
}

function statusOf(child: Child | undefined, address: string): ServiceStatus {
  return child === undefined ? { kind: 'external', address } : { kind: 'embedded', address, ...stateOf(child) };
}

function stateOf({ state, pid, restarts, reason }: Child): Omit<HostEvent, 'child'> {
  return { state, pid, restarts, reason };
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}
