/**
 * One data folder that lives through one crash after another, with the simulators it works on. A case is: arm, feed, die,
 * start again, wait until all work has ended, compare. The platform that a case leaves is the one the next case kills.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Failpoint } from '../../src/vocabulary/index.ts';
import {
  audit,
  CELLS,
  inDoubt,
  unloggedNow,
  untilQuiet,
  verifyExport,
  withRecord,
  wronglyEnded,
  type Audit,
  type Cell,
  type InDoubt,
} from './audit.ts';
import { startPlatformProcess, startSimulatorProcess, within, type PlatformProcess } from './processes.ts';
import type { Victim } from './protocol.ts';

export interface Case {
  readonly name: Failpoint;
  readonly victim: Victim;
  readonly nth: number;
  /** Between the crash and the next start. */
  readonly pauseMs: number;
}

/** What came of a case. */
export interface Verdict {
  readonly reached: boolean;
  /** From the start after the crash (or, for a child of the platform, from its death) until all work had ended. */
  readonly recoveryMs: number;
  /** Everything that is not as it must be, as sentences. */
  readonly faults: readonly string[];
  readonly inDoubt: readonly InDoubt[];
}

export interface Lane {
  runCase(what: Case): Promise<Verdict>;
  /** Kills one of the three at some moment while work goes on. */
  killUnderLoad(victim: Victim, afterMs: number): Promise<Verdict>;
  /** Effects and outcomes in this lane, compared one last time. */
  audit(): Promise<Audit>;
  /** What the crashes brought to light, by class; nothing unless the platform has the planted bug. */
  findings(): Readonly<Record<Cell, number>>;
  stop(): Promise<void>;
}

export interface LaneOptions {
  readonly dir: string;
  readonly seed: number;
  /** The control: with the planted bug. */
  readonly late?: boolean;
}

/** Jobs that are fed first: four rounds of every kind; and then, until the failpoint is reached. */
const FEED = 56;
const FEED_MORE = 14;
const RECOVERY_LIMIT_MS = 60_000;
/** How long a failpoint may take to be reached; the sealer passes it once a second. */
const REACH_LIMIT_MS = 25_000;

export async function openLane({ dir, seed, late = false }: LaneOptions): Promise<Lane> {
  mkdirSync(dir, { recursive: true });
  const dataDir = join(dir, 'data');
  const journals = join(dir, 'simulator');
  const logFile = join(dir, 'platform.log');
  const simulator = await startSimulatorProcess(journals, join(dir, 'simulator.log'));
  await misbehave();
  let platform: PlatformProcess | null = null;
  let jobs = 0;
  let exported = 0;
  const findings = Object.fromEntries(CELLS.map((cell) => [cell, 0])) as Record<Cell, number>;

  return {
    async runCase({ name, victim, nth, pauseMs }) {
      const doubtful: InDoubt[] = [];
      const faults: string[] = [];
      if (name.startsWith('recover.')) {
        await leaveInDoubt(nth, faults, doubtful);
        const began = performance.now();
        const arm = { name, victim, nth };
        platform = await start(arm);
        // Null: killed before it was ready. Otherwise killed while it takes up what the first crash left.
        const gone = platform === null ? null : victim === 'platform' ? platform.died : platform.sprung();
        const reached = await within(REACH_LIMIT_MS, Promise.resolve<unknown>(gone)).then(
          () => true,
          () => false,
        );
        if (!reached) faults.push(`\`${name}\` was not reached`);
        else if (victim === 'platform') platform = null;
        await recover(faults);
        return { ...(await finish(faults, doubtful, performance.now() - began)), reached };
      }
      const reached = await crash({ name, victim, nth }, faults, doubtful);
      if (!reached) faults.push(`\`${name}\` was not reached`);
      await sleep(pauseMs);
      const began = performance.now();
      await recover(faults);
      return { ...(await finish(faults, doubtful, performance.now() - began)), reached };
    },
    async killUnderLoad(victim, afterMs) {
      const doubtful: InDoubt[] = [];
      const faults: string[] = [];
      const running = await up();
      let over = false;
      const load = (async () => {
        while (!over) {
          jobs += FEED;
          await running.tell({ do: 'feed', jobs });
        }
      })().catch(() => undefined);
      await sleep(afterMs);
      if (victim === 'platform') {
        running.kill();
        await running.died;
        platform = null;
      } else await running.tell({ do: 'kill', victim });
      over = true;
      const began = performance.now();
      if (victim === 'platform') await lookAtTheCrash(running, faults, doubtful);
      await load;
      await recover(faults);
      return finish(faults, doubtful, performance.now() - began);
    },
    audit: async () => withRecord((await up()).databaseUrl, (pool) => audit(pool, journals)),
    findings: () => findings,
    async stop() {
      await platform?.stop();
      await simulator.stop();
      endChildren(dataDir);
      rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };

  /** Every system takes its time and breaks off some calls after doing what was asked; two ignore the key. */
  async function misbehave(): Promise<void> {
    const rough = { delayMs: 15, doThen500: 0.06, doThenReset: 0.06, doThenHang: 0.03 };
    for (const [i, system] of ['erp', 'mes', 'ticketing', 'patch'].entries()) {
      const honourKey = system === 'erp' || system === 'mes';
      await simulator.knobs(system, { ...rough, honourKey, seed: seed + i });
    }
  }

  function start(arm?: { name: Failpoint; victim: Victim; nth: number }): Promise<PlatformProcess | null> {
    return startPlatformProcess({ dataDir, systems: simulator.url, logFile, late, ...(arm && { arm }) });
  }

  async function up(): Promise<PlatformProcess> {
    platform ??= await start();
    if (platform === null) throw new Error('the platform did not start');
    return platform;
  }

  /** Crashes between sending and recording, again and again until so many effects are in doubt. */
  async function leaveInDoubt(atLeast: number, faults: string[], doubtful: InDoubt[]): Promise<void> {
    for (let n = 0; n < 5; n++) {
      const before = doubtful.length;
      await crash({ name: 'act.after-send', victim: 'platform', nth: 12 }, faults, doubtful);
      if (doubtful.length - before >= atLeast) return;
      await recover(faults);
    }
  }

  /** Arms, feeds until it springs, and looks at what the crash left. False when it was never reached. */
  async function crash(
    arm: { name: Failpoint; victim: Victim; nth: number },
    faults: string[],
    doubtful: InDoubt[],
  ): Promise<boolean> {
    const running = await up();
    await running.tell({ do: 'arm', ...arm });
    let over = false;
    const gone: Promise<unknown> = arm.victim === 'platform' ? running.died : running.sprung();
    const sprung = within(REACH_LIMIT_MS, gone).then(
      () => (over = true),
      () => !(over = true),
    );
    for (let feed = FEED; !over; feed = FEED_MORE) {
      jobs += feed;
      await Promise.race([running.tell({ do: 'feed', jobs }).catch(() => undefined), sprung]);
      await Promise.race([sleep(300), sprung]);
    }
    const reached = await sprung;
    if (reached && arm.victim === 'platform') {
      platform = null;
      await lookAtTheCrash(running, faults, doubtful);
    }
    return reached;
  }

  /** The database outlives the platform as an orphan until the next start: what is on record can be seen as the crash left it. */
  async function lookAtTheCrash(dead: PlatformProcess, faults: string[], doubtful: InDoubt[]): Promise<void> {
    await withRecord(dead.databaseUrl, async (pool) => {
      const unlogged = await unloggedNow(pool, journals);
      await untilQuiet(pool);
      for (const cell of CELLS) {
        findings[cell] += unlogged[cell];
        if (unlogged[cell] > 0) faults.push(`at the crash ${unlogged[cell]} ${cell} effects had no intent on record`);
      }
      doubtful.push(...(await inDoubt(pool)));
    });
  }

  async function recover(faults: string[]): Promise<void> {
    const running = await up();
    await within(RECOVERY_LIMIT_MS, running.tell({ do: 'feed', jobs }), 'feeding').catch((error: Error) =>
      faults.push(`feeding: ${error.message}`),
    );
    await within(RECOVERY_LIMIT_MS, running.tell({ do: 'idle' }), 'coming to rest').catch((error: Error) =>
      faults.push(`coming to rest: ${error.message}`),
    );
  }

  async function finish(faults: string[], doubtful: readonly InDoubt[], recoveryMs: number): Promise<Verdict> {
    const { databaseUrl, tell } = await up();
    await withRecord(databaseUrl, async (pool) => {
      const found = await audit(pool, journals);
      const { reconciliation, late: lateBy, again, runs, forgotten, unsettled } = found;
      for (const kind of ['unlogged', 'lost', 'duplicate', 'contradicted', 'unfinished'] as const) {
        if (reconciliation[kind] > 0) {
          const first = reconciliation.details[kind][0];
          faults.push(`${reconciliation[kind]} ${kind}, e.g. ${first?.key}: ${first?.why}`);
        }
      }
      for (const cell of CELLS) {
        findings[cell] += lateBy[cell] + again[cell];
        if (lateBy[cell] > 0) faults.push(`${lateBy[cell]} ${cell} effects came before their intent`);
        if (again[cell] > 0) faults.push(`${again[cell]} ${cell} effects happened again`);
      }
      const { done = 0, failed = 0, refused = 0, waiting = 0, ...others } = runs;
      for (const [state, n] of Object.entries(others)) faults.push(`${n} runs are ${state}`);
      const all = done + failed + refused + waiting;
      const expected = jobs + found.announced;
      if (all !== expected) faults.push(`${all} runs for ${jobs} jobs and ${found.announced} announcements`);
      if (forgotten.length > 0) faults.push(`${forgotten.length} runs wait for nobody, e.g. ${forgotten[0]}`);
      if (unsettled > 0) faults.push(`${unsettled} effects are unknown and could be settled`);
      faults.push(...(await wronglyEnded(pool, doubtful)));
    });
    if (!late) {
      const path = join(dir, `${exported++}.reeve-ledger.jsonl`);
      await tell({ do: 'export', path });
      const bad = await verifyExport(path, dataDir);
      rmSync(path);
      if (bad !== null) faults.push(`the exported ledger: ${bad}`);
    }
    return { reached: true, recoveryMs, faults, inDoubt: doubtful };
  }
}

/** Children of a platform that was killed for good: by the pids that it noted in its own folder. */
export function endChildren(dataDir: string): void {
  for (const name of ['postgres', 'restate']) {
    try {
      const { pid } = JSON.parse(readFileSync(join(dataDir, 'run', `${name}.json`), 'utf8')) as { pid: number };
      process.kill(pid, 'SIGKILL');
    } catch {
      // It was ended properly, and the note with it.
    }
  }
}
