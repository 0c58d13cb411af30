import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { newDocument } from '../../src/fabric/documents.ts';
import { migrate, openPool, readConfig, startHost } from '../../src/host/index.ts';
import { openWriter } from '../../src/ledger/index.ts';
import type { JournalLine } from '../../src/testing/index.ts';
import { systemClock } from '../../src/vocabulary/index.ts';
import { journals, untilQuiet } from '../faults/audit.ts';
import { startSimulatorProcess, within } from '../faults/processes.ts';
import { judgeRun, type Judgement } from './approval-protocol-judge.ts';
import { lawsOfProof, PEOPLE, TENANT } from './approval-protocol-law.ts';
import { readLog, type Line } from './approval-protocol-log.ts';
import { tryAllOrders } from './approval-protocol-orders.ts';
import type { Figure, Proof } from './proof.ts';
import { randomFrom, type Random } from './random.ts';

const PROCESSES = 4;
const LANES = 16;
/** Faults that are put in, one after the other: each must be seen. */
const PLANTS = ['withdrawals', 'rev', 'silence'] as const;
/** No rule runs out sooner: a control has to last longer. */
const CONTROL_MS = 25_000;
const LONGEST_MS = 40 * 60_000;

/** P6, the part on the protocol: what many do at once is what the model says, whoever dies meanwhile. */
export const proof: Proof = {
  name: 'approval-protocol',
  shows:
    'the approval protocol and its reference model agree whatever many workers do at once and whoever is killed; nothing runs but what the model lets run; all orders of answers are tried',
  async run({ size, seed, log }) {
    const full = size === 'full';
    const orders = tryAllOrders(full ? 2 : 1);
    log(`${orders.orders} orders of answers, ${orders.differences.length} differ`);
    const steps = full ? 100_000 : 1_500;
    const main = await runOver({ steps, kills: full ? 100 : 3, seed, log });
    // One after the other is long; one is enough to see that the judge still judges.
    const plants = full ? PLANTS : PLANTS.slice(0, 1);
    const controls: Record<string, Judgement> = {};
    for (const [n, plant] of plants.entries()) {
      const control = {
        steps: 1_000,
        atLeastMs: full ? CONTROL_MS : 0,
        kills: 0,
        seed: seed + 1_000 * (n + 1),
        plant,
        log,
      };
      controls[plant] = (await runOver(control)).judged;
    }
    const missed = plants.filter((plant) => controls[plant]?.differences.length === 0);
    const { judged, done, kinds, kills } = main;
    const all = orders.differences.length + judged.differences.length;
    const figures: Record<string, Figure> = {
      steps: done,
      workers: PROCESSES * LANES,
      stepsByKind: inWords(kinds),
      kills,
      approvals: judged.approvals,
      endedAs: inWords(judged.states),
      answersOnRecord: inWords(judged.answers),
      onBehalfOfOthers: judged.onBehalf,
      escalations: judged.escalations,
      policiesPublished: judged.published,
      stops: judged.stops,
      refusalsJudged: inWords(judged.refusals),
      differences: all,
      firstDifference: orders.differences[0] ?? judged.differences[0] ?? null,
      consumed: judged.consumed,
      executions: judged.executions,
      usedAndNotSentForAKill: judged.usedNotSent,
      orders: orders.orders,
      endsOfOrders: inWords(orders.ends),
      controlsSeen: `${plants.length - missed.length} of ${plants.length}`,
      controlsSay: plants.map((plant) => `${plant}: ${controls[plant]?.differences.length}`).join(', '),
    };
    return {
      pass:
        all === 0 &&
        done >= steps &&
        kills > 0 &&
        judged.executions > 0 &&
        judged.usedNotSent <= kills * LANES &&
        missed.length === 0,
      figures,
    };
  },
};

interface Over {
  readonly judged: Judgement;
  readonly done: number;
  readonly kinds: Readonly<Record<string, number>>;
  readonly kills: number;
}

/** A whole run on a database of its own: so many steps by all workers together, with so many of their processes killed. */
async function runOver(options: {
  readonly steps: number;
  readonly kills: number;
  readonly seed: number;
  readonly plant?: string;
  readonly atLeastMs?: number;
  log(line: string): void;
}): Promise<Over> {
  const dir = await mkdtemp(join(tmpdir(), 'reeve-protocol-'));
  const undo: (() => Promise<unknown>)[] = [() => rm(dir, { recursive: true, force: true, maxRetries: 5 })];
  try {
    const simulator = await startSimulatorProcess(join(dir, 'simulator'), join(dir, 'simulator.log'));
    undo.push(() => simulator.stop());
    await simulator.knobs('erp', { honourKey: false });
    const host = await startHost(readConfig({}, { dataDir: join(dir, 'data') }));
    undo.push(() => host.stop());
    await migrate(host.databaseUrl);
    await begin(host.databaseUrl);
    const logs = join(dir, 'logs');
    await mkdir(logs);
    const kills = await work(host.databaseUrl, simulator.url, logs, options, (stop) => undo.push(stop));
    const pool = openPool(host.databaseUrl, { connections: 2 });
    undo.push(() => pool.end());
    await untilQuiet(pool);
    const lines: Line[] = readdirSync(logs)
      .filter((file) => file.endsWith('.jsonl'))
      .flatMap((file) => [...readLog(join(logs, file))]);
    const journal: JournalLine[] = [];
    for await (const line of journals(join(dir, 'simulator'))) journal.push(line);
    const judged = await judgeRun(pool, lines, journal);
    const kinds: Record<string, number> = {};
    const kindOf = new Map(lines.flatMap((line) => (line.t === 'begin' ? [[line.n, line.kind] as const] : [])));
    let done = 0;
    for (const line of lines) {
      if (line.t !== 'end' || line.code === 'nothing') continue;
      const kind = kindOf.get(line.n) ?? '';
      kinds[kind] = (kinds[kind] ?? 0) + 1;
      done += 1;
    }
    const troubles = readFileSync(join(logs, 'stderr'), 'utf8');
    const plant = options.plant === undefined ? '' : `planted ${options.plant}: `;
    options.log(`${plant}${done} steps, ${kills} kills, ${judged.differences.length} differences`);
    for (const one of judged.differences.slice(0, 6)) options.log(`  ${one}`);
    if (options.plant === undefined && troubles !== '') options.log(troubles.slice(0, 600));
    return { judged, done, kinds, kills };
  } finally {
    for (let last = undo.pop(); last !== undefined; last = undo.pop()) await last();
  }
}

/** People and policies, as they are on record before anybody begins. */
async function begin(url: string): Promise<void> {
  const writer = await openWriter({ url, clock: systemClock });
  const laws = lawsOfProof();
  const body = { digest: laws[0]?.digest ?? '' };
  await writer.append({
    entries: [{ kind: 'policies.enforced', tenant: TENANT, run: null, agent: null, body }],
    documents: [
      ...laws.map((law, n) =>
        newDocument('policy-set', law.digest, TENANT, { state: n === 0 ? 'enforced' : 'retired', content: {} }),
      ),
      ...PEOPLE.map(({ person, name, teams, grants }) => {
        const content = { name, email: '', teams, grants, accounts: [], sameAs: null, link: null };
        return newDocument('person', person, 'platform', { state: 'active', content });
      }),
    ],
    changesLaw: true,
  });
  await writer.close();
}

/** Resolves with how many were killed, when all have taken as many steps as are wanted and have ended. */
async function work(
  database: string,
  systems: string,
  logs: string,
  options: {
    readonly steps: number;
    readonly kills: number;
    readonly seed: number;
    readonly plant?: string;
    readonly atLeastMs?: number;
    log(line: string): void;
  },
  undo: (stop: () => Promise<unknown>) => void,
): Promise<number> {
  const random: Random = randomFrom(options.seed);
  const running = new Map<ChildProcessByStdio<Writable, Readable, null>, number>();
  const enough = Promise.withResolvers<void>();
  const stderr = openSync(join(logs, 'stderr'), 'a');
  let [begun, past, killed, told, ending] = [0, 0, 0, 1, false];
  undo(async () => {
    ending = true;
    for (const child of running.keys()) child.kill('SIGKILL');
  });
  const began = performance.now();
  const total = (): number => past + [...running.values()].reduce((sum, steps) => sum + steps, 0);
  const start = (): void => {
    const n = (begun += 1);
    const path = new URL('./approval-protocol-worker.ts', import.meta.url).pathname;
    const args = ['--database', database, '--systems', systems, '--log', join(logs, `${n}.jsonl`)];
    args.push('--seed', `${options.seed + n}`, '--lanes', `${LANES}`);
    if (options.plant !== undefined) args.push('--plant', options.plant);
    const child = spawn(process.execPath, [path, ...args], {
      stdio: ['pipe', 'pipe', stderr],
    }) as ChildProcessByStdio<Writable, Readable, null>;
    running.set(child, 0);
    child.stdin.on('error', () => undefined);
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (running.has(child)) running.set(child, (JSON.parse(line) as { steps: number }).steps);
      const isLong = performance.now() - began >= (options.atLeastMs ?? 0);
      if (total() >= options.steps * 1.02 && isLong) enough.resolve();
      if (total() >= told * (options.steps / 10))
        options.log(`${(told += 1) - 1} tenths of the steps, ${killed} kills`);
      // One dies whenever its share of the steps has been taken.
      const dueKills = Math.floor((total() / options.steps) * (options.kills + 1));
      if (!ending && killed < Math.min(dueKills, options.kills)) {
        const victims = [...running].filter(([, steps]) => steps > 0).map(([one]) => one);
        if (victims.length === 0) return;
        killed += 1;
        random.pick(victims).kill('SIGKILL');
      }
    });
    child.on('exit', (code, signal) => {
      past += running.get(child) ?? 0;
      running.delete(child);
      if (ending) return;
      if (signal === 'SIGKILL') start();
      else
        enough.reject(
          new Error(`a worker ended with ${code}: ${readFileSync(join(logs, 'stderr'), 'utf8').slice(-800)}`),
        );
    });
  };
  for (let n = 0; n < PROCESSES; n++) start();
  await within(LONGEST_MS, enough.promise, 'the workers');
  ending = true;
  await Promise.all(
    [...running.keys()].map(async (child) => {
      const over = once(child, 'exit');
      child.stdin.end();
      await within(30_000, over, 'the end of a worker');
    }),
  );
  return killed;
}

function inWords(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([what, count]) => `${what} ${count}`)
    .join(', ');
}
