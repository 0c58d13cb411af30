import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Pool } from 'pg';
import type { ToolSystem } from './act/index.ts';
import { createDocuments, policiesWereSigned, startFabric, type Fabric } from './fabric/index.ts';
import { parseLaw, readPolicySet } from './govern/index.ts';
import {
  migrate,
  openNotes,
  openPool,
  openSecretBox,
  openReaderPool,
  startHost,
  type Config,
  type Host,
  type HostEvent,
} from './host/index.ts';
import {
  createDoorkeeper,
  createSignIn,
  createStopKeeper,
  lastUses,
  LOCAL_ADMINISTRATOR,
  LOCAL_EMAIL,
  LOCAL_NAME,
  noteUse,
  openCheckKey,
  openSessionSecret,
  openToken,
  type Person,
  type SecretFile,
} from './identity/index.ts';
import {
  openFileWitness,
  openLogKey,
  openPolicyKey,
  openWriter,
  pgEntrySource,
  startSealer,
  type LedgerWriter,
  type Sealer,
} from './ledger/index.ts';
import { readJournal, SYSTEMS } from './testing/index.ts';
import {
  countRecord,
  readModelsOf,
  effectsOnRecord,
  permitEntries,
  reconcile,
  type Counts,
  type Reconciliation,
} from './observe/index.ts';
import { LINK_PATH, startServer, type Readiness } from './serve/index.ts';
import { messageOf, Misuse, RetryLater, systemClock, type Fleet } from './vocabulary/index.ts';

/**
 * The composition root: what a running Reeve is made of, put together in the order in which each part needs the one before,
 * and taken apart in the opposite order.
 */
export interface Platform {
  readonly config: Config;
  readonly host: Host;
  readonly pool: Pool;
  readonly fabric: Fabric;
  readonly sealer: Sealer;
  /** Where the API answers, on loopback. */
  readonly url: string;
  /** What the API asks everyone for; when `fresh`, people have to be told. */
  readonly token: SecretFile;
  /** A new sign-in link for the local administrator. Throws when there is none any more. */
  signInLink(): Promise<string>;
  /** Where the simulated systems answer; null when the systems are somebody else's. */
  readonly simulatorUrl: string | null;
  counts(): Promise<Counts>;
  /** Journals of the simulated systems against effects and ledger; null when the systems are not simulated. */
  reconcile(): Promise<Reconciliation | null>;
  stop(): Promise<void>;
}

export interface PlatformOptions {
  readonly config: Config;
  readonly fleets: readonly Fleet[];
  /** Real systems by name; without them the simulator that ships is started. */
  readonly systems?: Readonly<Record<string, ToolSystem>>;
  /** Folder of policies; the shipped ones by default. */
  readonly policies?: string;
  onHostEvent?(event: HostEvent): void;
  onTrouble?(what: string): void;
}

/** Starts everything; when it throws, nothing is left running. Throws what its parts throw. */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const { config, fleets } = options;
  const undo: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (let last = undo.pop(); last !== undefined; last = undo.pop()) await last().catch(() => undefined);
  };
  try {
    // Before anything is started: nothing runs without a law.
    const policies = readPolicySet(options.policies);
    parseLaw(policies.policies, policies.schema, 'candidate', policies.rules);
    const host = await startHost(config, { ...(options.onHostEvent && { onEvent: options.onHostEvent }) });
    undo.push(() => host.stop());
    await migrate(host.databaseUrl);
    const pool = openPool(host.databaseUrl, { connections: config.databaseConnections });
    undo.push(() => pool.end());

    const simulator =
      options.systems === undefined ? await startSimulatorProcess(join(host.dataDir, 'simulator')) : null;
    if (simulator !== null) undo.push(() => simulator.stop());
    const writer = await openWriter({ url: host.databaseUrl, clock: systemClock });
    undo.push(() => writer.close());
    const sealer = await startSealing(host, pool, writer, options.onTrouble);
    undo.push(() => sealer.stop());
    const signIn = createSignIn({
      pool,
      secret: openSessionSecret(host.folder.at('session-secret')),
      now: () => systemClock.now(),
    });
    const documents = createDocuments(pool);
    const token = openToken(host.folder.at('token'));
    const asked = createDoorkeeper({
      find: documents.find,
      signIn,
      onUse: (used, now) => noteUse(pool, used, now),
      onTrouble: (what) => options.onTrouble?.(what),
      now: () => systemClock.now(),
    });
    const { doorkeeper, toStop } = createStopKeeper(asked, { installationToken: token.text });
    let apiUrl: string | null = null;
    const fabric = await startFabric({
      fleets,
      policies,
      signer: await openPolicyKey({ dir: host.folder.at('keys'), signed: await policiesWereSigned(pool) }),
      pool,
      writer,
      clock: systemClock,
      engine: { ...host.engine, servicePort: await host.choosePort('runs', 9_070) },
      limits: {
        maxQueued: config.maxQueuedRuns,
        perTenant: config.concurrencyPerTenant,
        perAgent: config.concurrencyPerAgent,
        inAll: config.concurrencyPerTenant,
      },
      systems: options.systems ?? simulatedSystems(simulator?.url ?? ''),
      stops: openNotes(host.folder.at('stops')),
      secrets: await openSecretBox(host.folder.at('keys', 'secrets')),
      seededChecks: { share: config.seededChecks, key: openCheckKey(host.folder.at('keys', 'seeded-checks')) },
      apiUrl: () => apiUrl,
      callsPerTool: config.concurrencyPerTool,
      environment: config.environment,
      version: versionOfCode(),
      singleOperatorDelayMs: config.singleOperatorDelay * 1_000,
      firstAccount: await signIn.accountFor(LOCAL_ADMINISTRATOR, LOCAL_NAME, LOCAL_EMAIL),
      onPeopleChanged: () => doorkeeper.forget(),
      ...(options.onTrouble && { onTrouble: options.onTrouble }),
    });
    undo.push(() => fabric.stop());

    const counts = () => countRecord(pool);
    const reconcileNow = () =>
      simulator === null ? Promise.resolve(null) : reconcileWithSimulator(pool, join(host.dataDir, 'simulator'));
    await fabric.people.keepInstallationToken(token.text);
    const reader = openReaderPool(host.databaseUrl, { connections: config.databaseConnections });
    undo.push(() => reader.end());
    const server = await startServer({
      deps: {
        fabric,
        recordFor: readModelsOf(reader),
        documentsFor: (tenants) => createDocuments(reader.of(tenants)),
        sealer,
        doorkeeper,
        toStop,
        signIn,
        lastUses: (tokens) => lastUses(pool, tokens),
        counts: (tenants) => countRecord(reader.of(tenants)),
        reconcile: reconcileNow,
        readiness: () => readinessOf(host, pool),
        children: () => ({ database: host.status().database, engine: host.status().engine }),
        now: () => systemClock.now(),
        onTrouble: (what) => options.onTrouble?.(what),
      },
      port: await host.choosePort('api', config.port),
      host: '127.0.0.1',
      maxBodyBytes: config.maxBodyBytes,
    });
    apiUrl = server.url;
    undo.push(() => server.stop());

    let stopping: Promise<void> | undefined;
    return {
      config,
      host,
      pool,
      fabric,
      sealer,
      url: server.url,
      token,
      async signInLink() {
        const person = await documents.find<Person>('person', LOCAL_ADMINISTRATOR);
        if (person?.state !== 'active') throw new Misuse('not-found', 'there is no local administrator any more');
        return `${server.url}${LINK_PATH}#${await signIn.makeLink(LOCAL_ADMINISTRATOR, person.content.email)}`;
      },
      simulatorUrl: simulator?.url ?? null,
      counts,
      reconcile: reconcileNow,
      stop: () => (stopping ??= stop()),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function versionOfCode(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

async function startSealing(host: Host, pool: Pool, writer: LedgerWriter, onTrouble?: (what: string) => void) {
  const key = await openLogKey({ dir: host.folder.at('keys'), logExists: writer.size() > 0 });
  const witness = await openFileWitness({
    path: host.folder.at('witness/checkpoints'),
    vkey: key.vkey,
    clock: systemClock,
  });
  const sealer = await startSealer({
    source: pgEntrySource(pool),
    key,
    witness,
    clock: systemClock,
    onFault: (fault) => onTrouble?.(fault.message),
  });
  writer.onAppended((seq) => sealer.appended(seq));
  return sealer;
}

/** How long a readiness check waits for each part. */
const READY_WITHIN_MS = 2_000;

/** The API stands only while the fabric does, so that is not asked for. */
async function readinessOf(host: Host, pool: Pool): Promise<Readiness> {
  const [database, engine] = await Promise.all([
    whyNot(pool.query('select 1')),
    whyNot(fetch(`${host.engine.ingress}/restate/health`, { signal: AbortSignal.timeout(READY_WITHIN_MS) })),
  ]);
  return { database, engine, fabric: null };
}

/** Null when it works in time. */
async function whyNot(work: Promise<unknown>): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer within ${READY_WITHIN_MS / 1_000} s`), READY_WITHIN_MS);
  });
  try {
    return await Promise.race([work.then(() => null, messageOf), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Compares what the simulated systems say happened with what is on record. Run it when nothing is under way. */
export function reconcileWithSimulator(pool: Pool, folder: string): Promise<Reconciliation> {
  return reconcile({ journal: journals(folder), effects: effectsOnRecord(pool), entries: permitEntries(pool) });
}

async function* journals(folder: string) {
  for (const system of SYSTEMS) yield* readJournal(join(folder, `${system}.journal.jsonl`));
}

function simulatedSystems(url: string): Record<string, ToolSystem> {
  return Object.fromEntries(SYSTEMS.map((system) => [system, { baseUrl: `${url}/${system}` }]));
}

/** The simulator in a process of its own, so that what it says happened does not depend on ours. */
async function startSimulatorProcess(dir: string): Promise<{ url: string; stop(): Promise<void> }> {
  const main = new URL('./testing/simulator/main.ts', import.meta.url).pathname;
  const child: ChildProcess = spawn(process.execPath, [main, '--dir', dir], {
    // Out of reach of the terminal's Ctrl-C, which would end it under calls still made; it ends when our pipe closes.
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const first = await Promise.race([
    once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line') as Promise<[string]>,
    exited.then(([code]) => Promise.reject(new RetryLater('tool-unavailable', `the simulator ended with ${code}`))),
  ]);
  const { url } = JSON.parse(first[0]) as { url: string };
  return {
    url,
    async stop() {
      child.kill('SIGTERM');
      await exited.catch((error: unknown) => messageOf(error));
    },
  };
}
