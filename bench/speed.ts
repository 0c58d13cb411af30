import { readConfig } from '../src/host/index.ts';
import { startPlatform, type Platform } from '../src/platform.ts';
import { derivedId, type AgentId, type Label, type TenantId } from '../src/vocabulary/index.ts';
import { loadLaw } from '../src/govern/index.ts';
import { BENCH_FLEET, claimEvent, clerkOf } from './fleet.ts';
import { cpuOf, rssOf } from './process-cpu.ts';
import { startRawServices } from './raw.ts';

export interface SpeedOptions {
  readonly dataDir: string;
  /** 1 for the full measurement; smaller for fewer runs. */
  readonly scale: number;
  log(line: string): void;
}

/** One way of doing the job, at one concurrency, in one round. */
interface Measured {
  readonly perSecond: number;
  /** CPU of platform, database and engine for one run, in milliseconds. */
  readonly cpu: { readonly node: number; readonly database: number; readonly engine: number; readonly all: number };
  readonly p50: number;
  readonly p99: number;
}

type Job = (n: number) => Promise<void>;

const LABEL: Label = { integrity: 'trusted', confidentiality: 'internal', origins: ['bench'] };
const ROUNDS = 5;
const RUNS = { 100: 3_000, 1: 250 } as const;

/**
 * Measures (a) the governed loop with one effect, (b) five raw steps, (c) five steps with governance assembled by hand: in
 * turns, five rounds each after one that warms up, at concurrency 100 and 1; the figures are medians over the rounds.
 */
export async function measureSpeed({ dataDir, scale, log }: SpeedOptions): Promise<Record<string, number>> {
  const began = Date.now();
  const platform = await startPlatform({
    config: readConfig({}, { dataDir, port: 0, concurrencyPerTenant: 200, concurrencyPerAgent: 200 }),
    fleets: [BENCH_FLEET],
    systems: {},
  });
  let n = 0;
  const governed: Job = async (claim) => {
    const raw = claimEvent(claim);
    const event = derivedId('event', 'bench', `bench|${String(raw['id'])}`);
    const ended = platform.fabric.endOf(derivedId('run', event, clerkOf(claim) as AgentId));
    await platform.fabric.receive(raw, {
      tenant: 'bench' as TenantId,
      label: LABEL,
      receivedAt: '2026-06-10T10:00:00Z',
    });
    const end = await ended;
    if (end?.state !== 'done') throw new Error(`a governed run ended ${end?.state}: ${end?.why}`);
  };
  await governed(n++);
  const firstEffect = Date.now() - began;
  const raw = await startRawServices({
    engine: platform.host.engine,
    pool: platform.pool,
    law: loadLaw(undefined, 'candidate'),
  });
  const jobs: Record<'governed' | 'raw' | 'assembled', Job> = { governed, raw: raw.raw, assembled: raw.assembled };
  try {
    const figures: Record<string, number> = {};
    for (const concurrency of [100, 1] as const) {
      const runs = Math.max(50, Math.round(RUNS[concurrency] * scale));
      const all = { governed: [] as Measured[], raw: [] as Measured[], assembled: [] as Measured[] };
      for (let round = -1; round < ROUNDS; round++) {
        for (const [name, job] of Object.entries(jobs) as [keyof typeof jobs, Job][]) {
          // The first round warms up, and does not count.
          const measured = await measure(platform, job, runs, concurrency, () => n++);
          if (round < 0) continue;
          all[name].push(measured);
          log(
            `c=${concurrency} ${name.padEnd(9)} ${measured.perSecond.toFixed(0).padStart(6)} runs/s  ` +
              `cpu ${measured.cpu.all.toFixed(2)} ms (node ${measured.cpu.node.toFixed(2)}, database ` +
              `${measured.cpu.database.toFixed(2)}, engine ${measured.cpu.engine.toFixed(2)})  ` +
              `p50 ${measured.p50.toFixed(1)} ms  p99 ${measured.p99.toFixed(1)} ms`,
          );
        }
      }
      Object.assign(figures, summary(concurrency, all));
    }
    Object.assign(figures, await counted(platform, Math.round(1_000 * scale), governed, () => n++));
    return {
      governed_vs_raw: figures['governed_vs_raw_c100'] ?? 0,
      governed_vs_assembled: figures['governed_vs_assembled_c100'] ?? 0,
      cpu_ms_per_run: figures['governed_cpu_ms_c100'] ?? 0,
      ...figures,
      start_to_first_effect_s: round(firstEffect / 1_000),
      rss_mb: round(rssOf(process.pid)),
    };
  } finally {
    await raw.stop();
    await platform.stop();
  }
}

async function measure(
  platform: Platform,
  job: Job,
  runs: number,
  concurrency: number,
  next: () => number,
): Promise<Measured> {
  const before = cpu(platform);
  const took: number[] = [];
  const began = performance.now();
  let left = runs;
  const worker = async () => {
    while (left-- > 0) {
      const start = performance.now();
      await job(next());
      took.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  const seconds = (performance.now() - began) / 1_000;
  const after = cpu(platform);
  const perRun = (part: keyof typeof after) => (after[part] - before[part]) / runs;
  const parts = { node: perRun('node'), database: perRun('database'), engine: perRun('engine') };
  took.sort((a, b) => a - b);
  return {
    perSecond: runs / seconds,
    cpu: { ...parts, all: parts.node + parts.database + parts.engine },
    p50: took[Math.floor(took.length * 0.5)] ?? 0,
    p99: took[Math.floor(took.length * 0.99)] ?? 0,
  };
}

function cpu({ host }: Platform): { node: number; database: number; engine: number } {
  const { user, system } = process.cpuUsage();
  return {
    node: (user + system) / 1_000,
    database: cpuOf(host.children.postgres?.pid ?? 0, true),
    engine: cpuOf(host.children.restate?.pid ?? 0),
  };
}

function summary(concurrency: number, all: Record<'governed' | 'raw' | 'assembled', readonly Measured[]>) {
  const figures: Record<string, number> = {};
  const rate = (name: keyof typeof all) => median(all[name].map(({ perSecond }) => perSecond));
  const cost = (name: keyof typeof all) => median(all[name].map((measured) => measured.cpu.all));
  figures[`governed_vs_raw_c${concurrency}`] = round(rate('governed') / rate('raw'));
  figures[`governed_vs_assembled_c${concurrency}`] = round(rate('governed') / rate('assembled'));
  figures[`governed_vs_raw_cpu_c${concurrency}`] = round(cost('raw') / cost('governed'));
  figures[`governed_vs_assembled_cpu_c${concurrency}`] = round(cost('assembled') / cost('governed'));
  for (const name of ['governed', 'raw', 'assembled'] as const) {
    figures[`${name}_per_s_c${concurrency}`] = Math.round(rate(name));
    figures[`${name}_cpu_ms_c${concurrency}`] = round(cost(name));
    figures[`${name}_p50_ms_c${concurrency}`] = round(median(all[name].map(({ p50 }) => p50)));
    figures[`${name}_p99_ms_c${concurrency}`] = round(median(all[name].map(({ p99 }) => p99)));
  }
  for (const part of ['node', 'database', 'engine'] as const) {
    figures[`governed_cpu_${part}_ms_c${concurrency}`] = round(
      median(all.governed.map((measured) => measured.cpu[part])),
    );
  }
  return figures;
}

/** Commits, round trips and engine entries of one run, counted over many at concurrency 100. */
async function counted(
  platform: Platform,
  runs: number,
  job: Job,
  next: () => number,
): Promise<Record<string, number>> {
  const before = { ...platform.fabric.status(), queries: await statements(platform) };
  await measure(platform, job, runs, 100, next);
  const after = { ...platform.fabric.status(), queries: await statements(platform) };
  return {
    commits_per_run: round((after.writer.commits - before.writer.commits) / runs, 3),
    round_trips_per_run: round((after.queries - before.queries) / runs, 3),
    ledger_entries_per_run: round((after.writer.entries - before.writer.entries) / runs, 3),
    engine_invocations_per_run: round((after.engine.batches - before.engine.batches) / runs, 3),
  };
}

/** Transactions of the database so far: each of our statements is one. */
async function statements({ pool }: Platform): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  const { rows } = await pool.query<{ n: string }>(
    'select xact_commit + xact_rollback as n from pg_stat_database where datname = current_database()',
  );
  return Number(rows[0]?.n ?? 0);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function round(value: number, digits = 2): number {
  return Number(value.toFixed(digits));
}
