/** Real crashes while calls are under way, for the proof `budgets`: a platform is killed and started again, over and over. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { newDocument, revise, createDocuments } from '../../src/fabric/documents.ts';
import type { BudgetTerms } from '../../src/govern/index.ts';
import { openWriter } from '../../src/ledger/index.ts';
import { systemClock, type Json, type TenantId } from '../../src/vocabulary/index.ts';
import { journals, untilQuiet, withRecord } from '../faults/audit.ts';
import { endChildren } from '../faults/lane.ts';
import { startPlatformProcess, startSimulatorProcess, within, type PlatformProcess } from '../faults/processes.ts';
import { replayBudgets } from './budgets-replay.ts';
import type { Random } from './random.ts';

export interface Crashes {
  readonly crashes: number;
  /** Calls that were on record and had no outcome when the platform died. */
  readonly midCall: number;
  readonly refused: number;
  readonly overshoots: readonly string[];
  readonly differences: readonly string[];
  /** Room still held for what is over, or for what could be settled, a minute after a crash. */
  readonly leaked: number;
  /** The longest from a start until nothing was held that should not be, in milliseconds. */
  readonly slowestMs: number;
  /** Effects in the journals of the simulators, each once. */
  readonly happened: number;
  /** The cap on them at the end. */
  readonly cap: number;
  readonly faults: readonly string[];
}

const LIMIT_MS = 60_000;
const JOBS = 42;
/** Less than those jobs want, so that the cap is reached again in each round. */
const RAISE = 25;

export async function crashOver(
  dir: string,
  rounds: number,
  random: Random,
  log: (line: string) => void,
): Promise<Crashes> {
  mkdirSync(dir, { recursive: true });
  const dataDir = join(dir, 'data');
  const simulator = await startSimulatorProcess(join(dir, 'simulator'), join(dir, 'simulator.log'));
  let platform: PlatformProcess | null = null;
  let [jobs, cap, midCall, slowestMs, leaked] = [0, 0, 0, 0, 0];
  const faults: string[] = [];
  try {
    for (const [i, system] of ['erp', 'mes', 'ticketing', 'patch'].entries()) {
      const honourKey = system === 'erp' || system === 'mes';
      await simulator.knobs(system, { delayMs: 100, doThen500: 0.05, doThenReset: 0.05, honourKey, seed: i });
    }
    platform = await start();
    for (let round = 0; round < rounds; round++) {
      cap += RAISE;
      await setCap(platform.databaseUrl, cap);
      jobs += JOBS;
      const dying: PlatformProcess = platform;
      void dying.tell({ do: 'feed', jobs }).catch(() => undefined);
      await untilUnderWay(dying.databaseUrl);
      await sleep(random.below(150));
      dying.kill();
      await dying.died;
      platform = null;
      midCall += await withRecord(dying.databaseUrl, async (pool) => {
        await untilQuiet(pool);
        const { rows } = await pool.query<{ n: number }>(
          `select count(*)::int as n from reeve.effect where state = 'intent' and reserved`,
        );
        return rows[0]?.n ?? 0;
      });
      const began = performance.now();
      platform = await start();
      const { databaseUrl } = platform;
      const settled = await untilNothingLeaks(databaseUrl, began);
      slowestMs = Math.max(slowestMs, settled.ms);
      leaked += settled.leaked;
      await within(LIMIT_MS, platform.tell({ do: 'feed', jobs }), 'feeding').catch(note);
      await within(LIMIT_MS, platform.tell({ do: 'idle' }), 'coming to rest').catch(note);
      log(`crash ${round + 1}: ${midCall} calls cut off so far, settled after ${(settled.ms / 1000).toFixed(1)} s`);
    }
    const happened = new Set<string>();
    for await (const { key } of journals(join(dir, 'simulator'))) if (key !== null) happened.add(key);
    return await withRecord(platform.databaseUrl, async (pool) => {
      const { rows } = await pool.query<{ n: number }>(
        `select count(*)::int as n from reeve.effect where state = 'refused' and why like 'over-budget%'`,
      );
      const { overshoots, differences } = await replayBudgets(pool);
      return {
        crashes: rounds,
        midCall,
        refused: rows[0]?.n ?? 0,
        overshoots,
        differences,
        leaked,
        slowestMs: Math.round(slowestMs),
        happened: happened.size,
        cap,
        faults,
      };
    });
  } finally {
    await platform?.stop();
    await simulator.stop();
    endChildren(dataDir);
  }

  function note(error: Error): void {
    faults.push(error.message);
  }

  async function start(): Promise<PlatformProcess> {
    const started = await startPlatformProcess({ dataDir, systems: simulator.url, logFile: join(dir, 'platform.log') });
    if (started === null) throw new Error('the platform did not start');
    return started;
  }
}

/** Effects of the tenant, all in all; and no more than two calls for each run. */
async function setCap(databaseUrl: string, cap: number): Promise<void> {
  const terms = { of: {}, window: 'ever', atLimit: 'refuse' } as const;
  await lay(databaseUrl, 'effects', { ...terms, per: 'tenant', measure: 'effects', cap });
  await lay(databaseUrl, 'calls', { ...terms, per: 'run', measure: 'calls', cap: 2 });
}

/** Beside the platform that runs, which finds out by the number of the law. */
async function lay(databaseUrl: string, name: string, terms: BudgetTerms): Promise<void> {
  await withRecord(databaseUrl, async (pool) => {
    const writer = await openWriter({ url: databaseUrl, clock: systemClock });
    try {
      const before = await createDocuments(pool).find('budget', `proof/${name}`);
      const laid = { state: 'in-force', content: { terms, reason: 'budgets proof' } };
      await writer.append({
        entries: [
          {
            kind: 'budget.changed',
            tenant: 'proof' as TenantId,
            run: null,
            agent: null,
            body: { budget: `proof/${name}`, after: terms as Json },
          },
        ],
        documents: [before === null ? newDocument('budget', `proof/${name}`, 'proof', laid) : revise(before, laid)],
        changesLaw: true,
      });
    } finally {
      await writer.close();
    }
  });
}

/** Waits until calls are under way that hold room; when nothing comes of it, goes on all the same. */
async function untilUnderWay(databaseUrl: string): Promise<void> {
  await withRecord(databaseUrl, async (pool) => {
    for (let n = 0; n < 1_000; n++) {
      const { rows } = await pool.query(`select from reeve.effect where state = 'intent' and reserved limit 1`);
      if (rows.length > 0) return;
      await sleep(5);
    }
  });
}

/** Waits until room is held only for what is under way in this process or for a person to settle; a minute at most. */
async function untilNothingLeaks(databaseUrl: string, began: number): Promise<{ ms: number; leaked: number }> {
  const until = new Date().toISOString();
  return withRecord(databaseUrl, async (pool) => {
    for (;;) {
      const { rows } = await pool.query<{ n: number }>(
        `select count(*)::int as n from reeve.reservation r left join reeve.effect e on e.permit = r.permit
         where e.permit is null or e.state not in ('intent', 'unknown')
           or (e.intended_at < $1 and (e.state = 'intent' or e.class <> 'E3'))`,
        [until],
      );
      const ms = performance.now() - began;
      const left = rows[0]?.n ?? 0;
      if (left === 0 || ms > LIMIT_MS) return { ms, leaked: left };
      await sleep(50);
    }
  });
}
