/**
 * One platform under load, with its simulator, as the stop proof holds them. An episode stops one to four scopes while something
 * is wrong, watches what arrives, and lifts them again. The judge is outside: the simulators' journals and the database.
 */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, mkdirSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { leaveStop } from '../../src/fabric/index.ts';
import { openNotes, openPool } from '../../src/host/index.ts';
import { SYSTEMS, type JournalLine } from '../../src/testing/index.ts';
import { startSimulatorProcess, within } from '../faults/processes.ts';
import type { Random } from './random.ts';
import { CALL_TAKES_MS, TENANTS } from './stop-fleet.ts';

export const KINDS = ['everything', 'tenant', 'agent', 'version', 'tool', 'class', 'tree'] as const;
export type Kind = (typeof KINDS)[number];

/** What is wrong while it is stopped. */
export const CONDITIONS = ['normal', 'database', 'engine', 'paused'] as const;
export type Condition = (typeof CONDITIONS)[number];

export interface Episode {
  readonly condition: Condition;
  readonly kinds: readonly Kind[];
  /** For `paused`: how long. */
  readonly pauseMs: number;
}

/** One stop of one scope, as an outsider saw it. */
export interface Trial {
  readonly condition: string;
  readonly scope: string;
  /** Acts in the scope that arrived in the two seconds before, and those that had passed the gate and not been answered. */
  readonly before: number;
  readonly open: number;
  readonly onRecordAtOnce: boolean;
  /** From asking to the acknowledgement. */
  readonly acknowledgedMs: number;
  /** Lines in the journals after the acknowledgement, and the last of them, in milliseconds after it. */
  readonly after: number;
  readonly lastMs: number;
  /** Of those, calls that arrived after it: less the time for which the simulators sit on each call before they do it. */
  readonly arrived: number;
  /** Of those, what cannot have been on its way when it was acknowledged. */
  readonly sentAfter: number;
  /** Lines from when every permit that was out at the acknowledgement must have died. */
  readonly late: number;
  /** Intents of the scope on record between the stop and its lift. */
  readonly intents: number;
  /** Acts that had their permit and were held back at the point of sending. */
  readonly held: number;
  /** What became of one person's attempt to lift it alone. */
  readonly alone: string;
}

export interface StopLane {
  run(episode: Episode): Promise<readonly Trial[]>;
  stop(): Promise<void>;
}

export interface StopLaneOptions {
  readonly dir: string;
  readonly random: Random;
  /** Root of the sources that the platform runs from: the control has a bug planted in a copy. */
  readonly sources?: string;
}

const PERMIT_LIVES_MS = 2_000;
/** No call over loopback is on its way for so long, however busy the machine. */
const ON_ITS_WAY_MS = 250;
/** How long arrivals are watched for. */
const WATCH_MS = 2_600;
const LIMIT_MS = 60_000;

interface Act {
  readonly permit: string;
  readonly tenant: string;
  readonly agent: string;
  readonly tool: string;
  readonly class: string;
  readonly version: string;
  readonly root: string;
}

export async function openStopLane({ dir, random, sources }: StopLaneOptions): Promise<StopLane> {
  mkdirSync(dir, { recursive: true });
  const dataDir = join(dir, 'data');
  const journals = journalsIn(join(dir, 'simulator'));
  const simulator = await startSimulatorProcess(join(dir, 'simulator'), join(dir, 'simulator.log'));
  for (const system of SYSTEMS) await simulator.knobs(system, { delayMs: CALL_TAKES_MS });
  const platform = await startProcess(dataDir, simulator.url, join(dir, 'platform.log'), sources);
  const pool = openPool(platform.databaseUrl, { connections: 3 });

  return {
    async run(episode) {
      await untilBusy();
      const scopes = await choose(episode.kinds);
      const before = await Promise.all(scopes.map((scope) => activity(scope)));
      const how = await underCondition(episode, scopes);
      const until = Date.now() + WATCH_MS;
      await sleep(Math.max(0, until - Date.now()));
      await how.end();
      const stops = await within(LIMIT_MS, onRecord(scopes), 'putting the stops on record');
      // What passed the gate before the stop and was not yet recorded has an entry by now.
      await sleep(300);
      const acts = await actsOf([...new Set(journals.since(Math.min(...how.acknowledged.map(({ at }) => at))))]);
      const trials: Trial[] = [];
      for (const [i, scope] of scopes.entries()) {
        const { at, askedAt, onRecordAtOnce } = how.acknowledged[i] as Acknowledged;
        const arrivals = journals
          .after(at)
          .filter(({ key }) => covers(scope, acts.get(key)))
          .map((line) => line.at - at);
        const seq = stops.get(scope) as number;
        const intents = await intentsAfter(scope, seq);
        const held = await heldAfter(scope, seq);
        const alone = await platform.lift(scope);
        trials.push({
          condition: how.name,
          scope,
          before: before[i]?.arrived ?? 0,
          open: before[i]?.open ?? 0,
          onRecordAtOnce,
          acknowledgedMs: at - askedAt,
          after: arrivals.length,
          lastMs: Math.max(0, ...arrivals),
          arrived: arrivals.filter((ms) => ms > CALL_TAKES_MS).length,
          sentAfter: arrivals.filter((ms) => ms > CALL_TAKES_MS + ON_ITS_WAY_MS).length,
          late: arrivals.filter((ms) => ms > PERMIT_LIVES_MS).length,
          intents,
          held,
          alone,
        });
      }
      return trials;
    },
    async stop() {
      await pool.end();
      await platform.stop();
      await simulator.stop();
    },
  };

  interface Acknowledged {
    readonly askedAt: number;
    readonly at: number;
    readonly onRecordAtOnce: boolean;
  }

  /** Makes something go wrong and stops the scopes meanwhile; `end` puts it right. */
  async function underCondition({ condition, pauseMs }: Episode, scopes: readonly string[]) {
    const stopAll = async () => {
      const acknowledged: Acknowledged[] = [];
      for (const scope of scopes) acknowledged.push(await stopByApi(scope));
      return acknowledged;
    };
    const nothing = () => Promise.resolve();
    switch (condition) {
      case 'normal':
        return { name: 'normal', acknowledged: await stopAll(), end: nothing };
      case 'engine': {
        process.kill(pidOf('restate'), 'SIGKILL');
        return { name: 'engine killed', acknowledged: await stopAll(), end: nothing };
      }
      case 'database': {
        const postmaster = pidOf('postgres');
        if (random.hit(0.5)) {
          process.kill(postmaster, 'SIGKILL');
          return { name: 'database killed', acknowledged: await stopAll(), end: nothing };
        }
        const all = [postmaster, ...childrenOf(postmaster)];
        for (const pid of all) signal(pid, 'SIGSTOP');
        await sleep(100 + random.below(400));
        return {
          name: 'database frozen',
          acknowledged: await stopAll(),
          async end() {
            for (const pid of all) signal(pid, 'SIGCONT');
          },
        };
      }
      case 'paused':
        return whilePaused(pauseMs, scopes, stopAll);
    }
  }

  /** The platform is frozen after the stop, before it (which is then laid down as a file), or around it. */
  async function whilePaused(pauseMs: number, scopes: readonly string[], stopAll: () => Promise<Acknowledged[]>) {
    const { pid } = platform;
    switch (random.below(3)) {
      case 0: {
        const acknowledged = await stopAll();
        signal(pid, 'SIGSTOP');
        await sleep(pauseMs);
        signal(pid, 'SIGCONT');
        return { name: 'frozen after', acknowledged, end: () => Promise.resolve() };
      }
      case 1: {
        signal(pid, 'SIGSTOP');
        await sleep(random.below(500));
        const notes = openNotes(join(dataDir, 'stops'));
        const acknowledged = scopes.map((scope) => {
          const askedAt = Date.now();
          leaveStop(notes, scope, 'stop proof', userInfo().username, askedAt);
          return { askedAt, at: Date.now(), onRecordAtOnce: false };
        });
        await sleep(pauseMs);
        signal(pid, 'SIGCONT');
        return { name: 'frozen before, by file', acknowledged, end: () => Promise.resolve() };
      }
      default: {
        signal(pid, 'SIGSTOP');
        const asking = stopAll();
        await sleep(pauseMs);
        signal(pid, 'SIGCONT');
        return { name: 'frozen around', acknowledged: await asking, end: () => Promise.resolve() };
      }
    }
  }

  async function stopByApi(scope: string): Promise<Acknowledged> {
    const askedAt = Date.now();
    const response = await fetch(`${platform.url}/v1/fences`, {
      method: 'POST',
      headers: { authorization: `Bearer ${platform.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ scope, reason: 'stop proof' }),
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    const body = (await response.json()) as { stopped?: boolean; onRecord?: boolean };
    const at = Date.now();
    if (response.status !== 200 || body.stopped !== true) throw new Error(`no stop: ${JSON.stringify(body)}`);
    return { askedAt, at, onRecordAtOnce: body.onRecord === true };
  }

  function pidOf(service: 'postgres' | 'restate'): number {
    return (JSON.parse(readFileSync(join(dataDir, 'run', `${service}.json`), 'utf8')) as { pid: number }).pid;
  }

  /** Waits until calls of every tenant wait at the wire: only then there is something that a stop could fail to hold. */
  async function untilBusy(): Promise<void> {
    for (let n = 0; n < 1_200; n++) {
      const { rows } = await patiently<{ n: string }>(
        `select count(*) as n from reeve.effect where state = 'intent' and system is not null group by tenant`,
        [],
      );
      if (rows.length === TENANTS.length && rows.every((row) => Number(row.n) >= 12)) return sleep(300);
      await sleep(50);
    }
    throw new Error('the platform does not come under load');
  }

  /** A scope of each kind in which acts are under way now; those of one tenant, agent, version and tree in different places. */
  async function choose(kinds: readonly Kind[]): Promise<readonly string[]> {
    const tenants = [...TENANTS];
    for (let i = tenants.length - 1; i > 0; i--) {
      const j = random.below(i + 1);
      [tenants[i], tenants[j]] = [tenants[j] as never, tenants[i] as never];
    }
    const place = {
      everything: () => Promise.resolve('everything'),
      tenant: () => Promise.resolve(`tenant:${tenants[0]}`),
      agent: async () => `agent:${await busiest('r.agent', tenants[1])}`,
      version: async () => `version:${await busiest('r.agent_version', tenants[2])}`,
      tree: async () => `tree:${await busiest('coalesce(e.root, e.id)', kinds.includes('agent') ? tenants[1] : null)}`,
      tool: () => Promise.resolve(`tool:${random.pick(['erp.post', 'erp.pay', 'mes.hold', 'grc.file'])}`),
      class: () => Promise.resolve(`class:${random.pick(['E2', 'E3'])}`),
    } as const satisfies Record<Kind, () => Promise<string>>;
    const scopes: string[] = [];
    for (const kind of kinds) scopes.push(await place[kind]());
    return scopes;
  }

  async function busiest(what: string, tenant: string | null | undefined): Promise<string> {
    for (let n = 1; ; n++) {
      const { rows } = await patiently<{ what: string }>(
        `select ${what} as what from reeve.effect f join reeve.run r on r.id = f.run join reeve.event e on e.id = r.event
       where f.state = 'intent' and f.system is not null and ($1::text is null or f.tenant = $1)
       group by 1 order by count(*) desc limit 3`,
        [tenant ?? null],
      );
      if (rows.length > 0) return random.pick(rows).what;
      if (n === 200) throw new Error('nothing is under way');
      await sleep(50);
    }
  }

  async function activity(scope: string): Promise<{ arrived: number; open: number }> {
    const recent = journals.after(Date.now() - 2_000).map(({ key }) => key);
    const acts = await actsOf(recent);
    const { rows } = await patiently<{ n: string }>(
      `select count(*) as n ${PLACES} where f.state = 'intent' and f.system is not null and ${inScope(scope)}`,
      [nameIn(scope)],
    );
    return {
      arrived: recent.filter((key) => covers(scope, acts.get(key))).length,
      open: Number(rows[0]?.n ?? 0),
    };
  }

  async function actsOf(keys: readonly string[]): Promise<ReadonlyMap<string, Act>> {
    const { rows } = await patiently<Act>(
      `select f.permit, f.tenant, f.agent, f.tool, f.class, r.agent_version as version, coalesce(e.root, e.id) as root
       ${PLACES} where f.permit = any($1)`,
      [keys],
    );
    return new Map(rows.map((row) => [row.permit, row]));
  }

  /** The place of each stop on record. */
  async function onRecord(scopes: readonly string[]): Promise<ReadonlyMap<string, number>> {
    for (;;) {
      const { rows } = await patiently<{ scope: string; seq: string }>(
        `select body::jsonb #>> '{body,scope}' as scope, max(seq) as seq from reeve.entry
         where kind = 'fence.changed' and body::jsonb #>> '{body,stopped}' = 'true' group by 1`,
        [],
      );
      const standing = await patiently<{ scope: string }>('select scope from reeve.fence where stopped', []);
      const stopped = new Set(standing.rows.map(({ scope }) => scope));
      if (scopes.every((scope) => stopped.has(scope))) {
        return new Map(rows.map(({ scope, seq }) => [scope, Number(seq)]));
      }
      await sleep(50);
    }
  }

  async function intentsAfter(scope: string, seq: number): Promise<number> {
    const { rows } = await patiently<{ n: string }>(
      `select count(*) as n ${PLACES} join reeve.entry t on t.seq = f.seq
       where t.kind = 'intent.permitted' and t.seq > $2 and ${inScope(scope)}`,
      [nameIn(scope), seq],
    );
    return Number(rows[0]?.n ?? 0);
  }

  async function heldAfter(scope: string, seq: number): Promise<number> {
    const { rows } = await patiently<{ n: string }>(
      `select count(*) as n ${PLACES}
       where f.state = 'failed' and f.why like 'stopped:%' and f.seq > $2 - 5000 and f.seq < $2 and ${inScope(scope)}
         and f.ended_at >= (select at from reeve.entry where seq = $2) - interval '3 seconds'`,
      [nameIn(scope), seq],
    );
    return Number(rows[0]?.n ?? 0);
  }

  /** Asks the database; one that was killed is soon back. */
  async function patiently<R extends object>(text: string, values: unknown[]): Promise<{ rows: R[] }> {
    for (let n = 1; ; n++) {
      try {
        return await pool.query<R>(text, values);
      } catch (error) {
        if (n === 300) throw error;
        await sleep(100);
      }
    }
  }
}

const PLACES = 'from reeve.effect f join reeve.run r on r.id = f.run join reeve.event e on e.id = r.event';

/** The same as `covers`, for the database; `$1` is the name in the scope. */
function inScope(scope: string): string {
  const column = {
    everything: `'' = $1`,
    tenant: 'f.tenant = $1',
    agent: 'f.agent = $1',
    version: 'r.agent_version = $1',
    tool: 'f.tool = $1',
    class: 'f.class = $1',
    tree: 'coalesce(e.root, e.id) = $1',
  } as const satisfies Record<Kind, string>;
  return column[kindIn(scope)];
}

function covers(scope: string, act: Act | undefined): boolean {
  if (act === undefined) return false;
  const kind = kindIn(scope);
  return kind === 'everything' || act[kind === 'tree' ? 'root' : kind] === nameIn(scope);
}

function kindIn(scope: string): Kind {
  return scope.split(':')[0] as Kind;
}

function nameIn(scope: string): string {
  return scope.slice(kindIn(scope).length + 1);
}

/** All that was done, by the simulators' own clock. */
function journalsIn(folder: string) {
  const files = SYSTEMS.map((system) => ({ path: join(folder, `${system}.journal.jsonl`), read: 0, rest: '' }));
  const lines: { key: string; at: number }[] = [];
  const look = (): void => {
    for (const file of files) {
      let handle: number;
      try {
        handle = openSync(file.path, 'r');
      } catch {
        continue;
      }
      const bytes = Buffer.alloc(Math.max(0, fstatSync(handle).size - file.read));
      file.read += readSync(handle, bytes, 0, bytes.length, file.read);
      closeSync(handle);
      const parts = (file.rest + bytes.toString('utf8')).split('\n');
      file.rest = parts.pop() ?? '';
      for (const part of parts) {
        const { key, at } = JSON.parse(part) as JournalLine;
        lines.push({ key: key ?? '', at: Date.parse(at) });
      }
    }
  };
  const after = (ms: number) => {
    look();
    return lines.filter(({ at }) => at > ms);
  };
  return { after, since: (ms: number) => after(ms).map(({ key }) => key) };
}

function childrenOf(pid: number): readonly number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const [, parent] = /\) \S (\d+)/.exec(readFileSync(`/proc/${name}/stat`, 'utf8')) ?? [];
      return Number(parent) === pid ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended meanwhile.
  }
}

type Piped = ChildProcessByStdio<Writable, Readable, null>;

interface StopProcess {
  readonly pid: number;
  readonly databaseUrl: string;
  readonly url: string;
  readonly token: string;
  /** Lifts a stop as two people do; resolves with what one of them alone was told. */
  lift(scope: string): Promise<string>;
  stop(): Promise<void>;
}

type Said =
  | { readonly ready: Pick<StopProcess, 'databaseUrl' | 'url' | 'token'> }
  | { readonly done: number; readonly aloneWas: string }
  | { readonly failed: number; readonly why: string };

async function startProcess(dataDir: string, systems: string, log: string, sources?: string): Promise<StopProcess> {
  const path =
    sources === undefined
      ? new URL('./stop-process.ts', import.meta.url).pathname
      : join(sources, 'test/proofs/stop-process.ts');
  const args = [path, '--data-dir', dataDir, '--systems', systems];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', openSync(log, 'a')] }) as Piped;
  const waiting = new Map<number, PromiseWithResolvers<string>>();
  const ready = Promise.withResolvers<Extract<Said, { ready: unknown }>['ready']>();
  const died = once(child, 'exit').then(([code, how]) => {
    const why = new Error(`the platform ended (${code ?? how}): ${readFileSync(log, 'utf8').slice(-800)}`);
    ready.reject(why);
    for (const { reject } of waiting.values()) reject(why);
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const said = JSON.parse(line) as Said;
    if ('ready' in said) ready.resolve(said.ready);
    else if ('done' in said) waiting.get(said.done)?.resolve(said.aloneWas);
    else waiting.get(said.failed)?.reject(new Error(said.why));
  });
  child.stdin.on('error', () => undefined);
  try {
    const there = await within(LIMIT_MS, ready.promise, 'the start of the platform');
    let last = 0;
    return {
      ...there,
      pid: child.pid ?? 0,
      lift(scope) {
        const id = ++last;
        const told = Promise.withResolvers<string>();
        waiting.set(id, told);
        child.stdin.write(`${JSON.stringify({ id, lift: scope })}\n`);
        return within(LIMIT_MS, told.promise, `lifting \`${scope}\``);
      },
      async stop() {
        child.stdin.end();
        await within(30_000, died).catch(() => child.kill('SIGKILL'));
        await died;
      },
    };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}
