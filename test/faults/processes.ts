/** The processes of the crash proof, as the test holds them: the simulator, which is never killed, and platforms, which are. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Failpoint } from '../../src/vocabulary/index.ts';
import type { Answer, Order, Victim } from './protocol.ts';

type Piped = ChildProcessByStdio<Writable, Readable, null>;

export interface SimulatorProcess {
  readonly url: string;
  /** Sets the knobs of a system; see `reeve/testing`. */
  knobs(system: string, knobs: object): Promise<void>;
  stop(): Promise<void>;
}

/** The simulator, a child of the test: what it says happened outlives every platform. */
export async function startSimulatorProcess(dir: string, logFile: string): Promise<SimulatorProcess> {
  const child = run('../../src/testing/simulator/main.ts', ['--dir', dir], logFile);
  const exited = once(child, 'exit');
  const [line] = await firstLine(child, exited, 'the simulator');
  const { url } = JSON.parse(line) as { url: string };
  return {
    url,
    async knobs(system, knobs) {
      const body = JSON.stringify({ system, knobs });
      const response = await fetch(`${url}/control/knobs`, { method: 'POST', body });
      if (!response.ok) throw new Error(`the simulator does not take the knobs: ${await response.text()}`);
    },
    async stop() {
      child.stdin.end();
      await within(5_000, exited).catch(() => child.kill('SIGKILL'));
    },
  };
}

export interface PlatformProcess {
  readonly pid: number;
  readonly databaseUrl: string;
  /** Resolves when the platform says that it is done; rejects when it says why not, or dies first. */
  tell(order: Order): Promise<void>;
  /** Resolves with the failpoint at which a child of the platform was killed. */
  sprung(): Promise<Failpoint>;
  readonly died: Promise<void>;
  kill(): void;
  /** Asks it to end, and ends it when it does not. */
  stop(): Promise<void>;
}

export interface PlatformProcessOptions {
  readonly dataDir: string;
  readonly systems: string;
  readonly logFile: string;
  readonly arm?: { readonly name: Failpoint; readonly victim: Victim; readonly nth: number };
  /** The control: see `late-record.ts`. */
  readonly late?: boolean;
}

/** Starts a platform and waits until it is ready. Null when the armed failpoint killed it before it was. */
export async function startPlatformProcess(options: PlatformProcessOptions): Promise<PlatformProcess | null> {
  const { dataDir, systems, logFile, arm, late = false } = options;
  const args = ['--data-dir', dataDir, '--systems', systems];
  if (arm !== undefined) args.push('--arm', `${arm.name}:${arm.victim}:${arm.nth}`);
  if (late) args.push('--late');
  const child = run('./platform-process.ts', args, logFile);
  let isDead = false;
  const waiting = new Map<number, { resolve(): void; reject(error: Error): void }>();
  const ready = Promise.withResolvers<string | null>();
  const sprung = Promise.withResolvers<Failpoint>();
  const died = once(child, 'exit').then(([code, signal]) => {
    isDead = true;
    for (const { reject } of waiting.values()) reject(new Error(`the platform died (${code ?? signal})`));
    if (arm?.victim === 'platform' && signal === 'SIGKILL') ready.resolve(null);
    else
      ready.reject(
        new Error(
          `the platform ended with ${code ?? signal} before it was ready: ${readFileSync(logFile, 'utf8').slice(-600)}`,
        ),
      );
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const said = JSON.parse(line) as Answer;
    if ('ready' in said) ready.resolve(said.ready.databaseUrl);
    else if ('sprung' in said) sprung.resolve(said.sprung);
    else if ('done' in said) settle(said.done)?.resolve();
    else settle(said.failed)?.reject(new Error(said.why));
  });
  child.stdin.on('error', () => undefined);
  const databaseUrl = await within(60_000, ready.promise).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw error;
  });
  if (databaseUrl === null) return null;
  let last = 0;
  return {
    pid: child.pid ?? 0,
    databaseUrl,
    tell(order) {
      const id = ++last;
      const told = new Promise<void>((resolve, reject) => {
        if (isDead) reject(new Error('the platform is dead'));
        else waiting.set(id, { resolve, reject });
      });
      // Whoever waits hears of it; who does not wait any more need not.
      told.catch(() => undefined);
      child.stdin.write(`${JSON.stringify({ id, ...order })}\n`);
      return told;
    },
    sprung: () => sprung.promise,
    died,
    kill: () => void child.kill('SIGKILL'),
    async stop() {
      child.stdin.end();
      await within(20_000, died).catch(() => child.kill('SIGKILL'));
      await died;
    },
  };

  function settle(id: number) {
    const one = waiting.get(id);
    waiting.delete(id);
    return one;
  }
}

/** Rejects when `promise` takes longer. */
export async function within<T>(ms: number, promise: Promise<T>, what = 'it'): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`${what} took longer than ${ms / 1000} s`)), ms);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function run(file: string, args: readonly string[], logFile: string): Piped {
  const path = new URL(file, import.meta.url).pathname;
  return spawn(process.execPath, [path, ...args], { stdio: ['pipe', 'pipe', openSync(logFile, 'a')] }) as Piped;
}

async function firstLine(child: Piped, exited: Promise<unknown>, what: string): Promise<[string]> {
  return Promise.race([
    once(createInterface({ input: child.stdout }), 'line') as Promise<[string]>,
    exited.then(() => Promise.reject(new Error(`${what} did not start`))),
  ]);
}
