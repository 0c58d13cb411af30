/**
 * One child process kept alive: started, watched, restarted when it dies, ended with us. One piece because start, watch,
 * restart and stop share one state, and their order is the whole difficulty.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { isFault, messageOf, RetryLater, type FaultCode } from '../vocabulary/index.ts';
import { openChildLog, type ChildLog } from './child-log.ts';
import { asDiskFull } from './disk-full.ts';
import { endOrphans, forgetChild, recordChild, type Tracks } from './orphans.ts';

export type ChildState = 'starting' | 'healthy' | 'unhealthy' | 'restarting' | 'stopping' | 'stopped';

export interface ChildSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** All of the child's environment: nothing is handed down. */
  readonly env: Readonly<Record<string, string>>;
  readonly workFolder: string;
  readonly runAs?: { readonly uid: number; readonly gid: number } | undefined;
  /** Open files that the child gets as descriptor 3 and up. */
  readonly openFiles?: readonly number[];
  readonly logFile: string;
  readonly tracks: Tracks;
  /** Resolves when the child does its work; rejects with why not. Must end by itself within seconds. */
  readonly health: () => Promise<void>;
  /** Runs before each start, when nothing of an earlier life runs any more. */
  readonly beforeStart?: () => void;
  /** Runs once, when it has stopped for good or could not be started. */
  readonly afterStop?: () => void;
  readonly stopSignal: NodeJS.Signals;
  readonly stopLimitMs: number;
  readonly startLimitMs: number;
  /** What is thrown when it cannot be started. */
  readonly faultCode: FaultCode;
  /** Knows the words in which this program's log complains of a taken port. */
  readonly portTaken: RegExp;
}

/** A supervised child, as others see it. */
export interface Child {
  readonly name: string;
  /** `undefined` while it is down. */
  readonly pid: number | undefined;
  readonly state: ChildState;
  /** How often it had to be started again. */
  readonly restarts: number;
  /** Why it is not healthy, or was not when last started. */
  readonly reason: string | undefined;
  /** Ends it, politely and then not; resolves when no process of it is left. */
  stop(): Promise<void>;
}

export type OnChange = (child: Child) => void;

const HEALTH_POLL_MS = 25;
const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 10_000;
/** Healthy for so long, a child is forgiven: the next restart is quick again. */
const FORGIVEN_AFTER_MS = 30_000;
const WATCH_MS = 3_000;
/** Bad health this often in a row is reported; a single miss may be our own busy event loop. */
const UNHEALTHY_AFTER = 3;
/** A child that runs but has not answered for this long hangs. Long: ending a database that is merely busy makes it worse. */
const HUNG_AFTER_MS = 60_000;

/** Nobody uses an orphan any more: it gets little time to end by itself. */
export const ORPHAN_LIMIT_MS = 3_000;

/** One life of the child, from spawn to exit. */
interface Life {
  readonly process: ChildProcess;
  readonly log: ChildLog;
  readonly exited: Promise<string>;
}

/**
 * Starts the child and keeps it alive until `stop`. Resolves when it is healthy for the first time. What an earlier platform
 * left of it is ended first.
 *
 * @throws GiveUp `disk-full`; RetryLater `port-taken` or the spec's own code, with the end of the child's log.
 */
export async function supervise(spec: ChildSpec, onChange: OnChange): Promise<Child> {
  const ending = new AbortController();
  let life: Life | undefined;
  let state: ChildState = 'starting';
  let restarts = 0;
  let reason: string | undefined;
  let watching: Promise<void> = Promise.resolve();
  let stopped: Promise<void> | undefined;

  const child: Child = {
    name: spec.name,
    get pid() {
      return life?.process.pid;
    },
    get state() {
      return state;
    },
    get restarts() {
      return restarts;
    },
    get reason() {
      return reason;
    },
    stop: () => (stopped ??= stop()),
  };

  function become(next: ChildState, why?: string): void {
    state = next;
    if (why !== undefined) reason = why;
    if (next === 'healthy') reason = undefined;
    onChange(child);
  }

  /** A platform that ends without `stop` (an uncaught error, `process.exit`) does not leave its children behind. */
  const endWithUs = (): void => {
    life?.process.kill(spec.stopSignal);
  };

  async function launch(): Promise<void> {
    await endOrphans(spec.tracks, spec.stopSignal, ORPHAN_LIMIT_MS);
    spec.beforeStart?.();
    if (ending.signal.aborted) return;
    const begun = begin(spec);
    life = begun;
    void begun.exited.then(() => {
      begun.log.close();
      if (life === begun) life = undefined;
    });
    try {
      if (begun.process.pid !== undefined) recordChild(spec.tracks, begun.process.pid);
      await untilHealthy(spec, begun, ending.signal);
    } catch (error) {
      begun.process.kill('SIGKILL');
      await begun.exited;
      throw error;
    }
    if (!ending.signal.aborted) become('healthy');
  }

  async function keepAlive(): Promise<void> {
    let backoff = FIRST_BACKOFF_MS;
    while (!ending.signal.aborted) {
      const since = Date.now();
      const why = life === undefined ? (reason ?? 'it is down') : await untilDown(life);
      if (ending.signal.aborted) return;
      if (Date.now() - since > FORGIVEN_AFTER_MS) backoff = FIRST_BACKOFF_MS;
      restarts += 1;
      become('restarting', why);
      await sleep(backoff, undefined, { signal: ending.signal }).catch(() => {});
      backoff = Math.min(backoff * 2, LONGEST_BACKOFF_MS);
      await launch().catch((error: unknown) => {
        reason = messageOf(error);
      });
    }
  }

  /** Watches a healthy life. @returns why it ended. */
  async function untilDown(current: Life): Promise<string> {
    let badSince: number | undefined;
    let bad = 0;
    for (;;) {
      const over = await within(current.exited, WATCH_MS);
      if (over !== undefined) return over;
      const why = await spec.health().then(
        () => undefined,
        (error: unknown) => messageOf(error),
      );
      if (ending.signal.aborted) return current.exited;
      if (why === undefined) {
        if (state === 'unhealthy') become('healthy');
        [bad, badSince] = [0, undefined];
        continue;
      }
      bad += 1;
      badSince ??= Date.now();
      if (bad >= UNHEALTHY_AFTER && state === 'healthy') become('unhealthy', why);
      if (bad >= UNHEALTHY_AFTER && Date.now() - badSince > HUNG_AFTER_MS) {
        current.process.kill('SIGKILL');
        await current.exited;
        return `it hung: ${why}`;
      }
    }
  }

  async function stop(): Promise<void> {
    ending.abort();
    become('stopping');
    const current = life;
    if (current !== undefined) {
      current.process.kill(spec.stopSignal);
      if ((await within(current.exited, spec.stopLimitMs)) === undefined) current.process.kill('SIGKILL');
      await current.exited;
    }
    await watching;
    await endOrphans(spec.tracks, spec.stopSignal, ORPHAN_LIMIT_MS);
    process.off('exit', endWithUs);
    spec.afterStop?.();
    become('stopped');
  }

  process.on('exit', endWithUs);
  onChange(child);
  try {
    await launch();
  } catch (error) {
    await stop();
    throw error;
  }
  watching = keepAlive();
  return child;
}

/** Spawns the child in a session of its own: Ctrl-C at our terminal reaches us alone, and we stop it when its users are done. */
function begin(spec: ChildSpec): Life {
  const log = openChildLog(spec.logFile);
  const child = spawnChild(spec, log);
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => {
      if (child.pid === undefined) resolve(`it cannot be run: ${error.message}`);
    });
    child.once('exit', (code, signal) => {
      forgetChild(spec.tracks);
      resolve(signal === null ? `it ended with code ${code}` : `it was ended by ${signal}`);
    });
  });
  return { process: child, log, exited };
}

function spawnChild(spec: ChildSpec, log: ChildLog): ChildProcess {
  try {
    return spawn(spec.command, spec.args, {
      cwd: spec.workFolder,
      env: { ...spec.env },
      detached: true,
      stdio: ['ignore', log.fd, log.fd, ...(spec.openFiles ?? [])],
      ...spec.runAs,
    });
  } catch (error) {
    log.close();
    throw notStarted(spec, `it cannot be run: ${messageOf(error)}`, '');
  }
}

/** Resolves when the child is healthy, or `ending` tells us that nobody waits any more. */
async function untilHealthy(spec: ChildSpec, life: Life, ending: AbortSignal): Promise<void> {
  const deadline = Date.now() + spec.startLimitMs;
  let why = 'no answer';
  while (!ending.aborted) {
    const over = await within(life.exited, HEALTH_POLL_MS);
    if (over !== undefined) throw notStarted(spec, over, life.log.tail());
    try {
      return await spec.health();
    } catch (error) {
      why = messageOf(error);
    }
    if (Date.now() > deadline) {
      throw notStarted(spec, `not healthy after ${spec.startLimitMs / 1000} s: ${why}`, life.log.tail());
    }
  }
}

function notStarted(spec: ChildSpec, why: string, log: string): Error {
  const full = asDiskFull(log, spec.workFolder);
  if (full !== undefined) return full;
  if (spec.portTaken.test(log)) return new RetryLater('port-taken', `a port of \`${spec.name}\` was taken meanwhile`);
  const lastLines = log.trim().split('\n').slice(-3).join(' | ');
  return new RetryLater(
    spec.faultCode,
    `\`${spec.name}\` does not start: ${why}${lastLines === '' ? '' : `: ${lastLines}`}`,
    {
      fix: `read its log \`${spec.logFile}\``,
    },
  );
}

/** What `promise` resolves to, or `undefined` after `ms`. */
async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  const timer = new AbortController();
  const result = await Promise.race([promise, sleep(ms, undefined, { signal: timer.signal }).catch(() => undefined)]);
  timer.abort();
  return result;
}

export function isPortTaken(error: unknown): boolean {
  return isFault(error) && error.code === 'port-taken';
}
