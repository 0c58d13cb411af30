import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Proof } from './proof.ts';

const LIMIT_MB = 400;
/** How much more the last third may hold than the one before: what one garbage collection differs from the next. */
const GROWTH = 0.05;
/** At reduced size the first half is still warming up: code that is compiled, caches that fill to their bound. */
const REDUCED_GROWTH = 0.5;
const SAMPLE_MS = 1_000;
const LONGEST_S = 600;

const WINDOWS = ['first', 'second', 'third'] as const;

/** One look at the process from outside. */
interface Sample {
  readonly events: 'first' | 'second' | 'third';
  readonly mb: number;
}

export const proof: Proof = {
  name: 'memory',
  shows:
    'the platform process stays under 400 MB of RSS over 30,000 events of real records; warm after 20,000, it holds no more after 10,000 more',
  async run({ size, log }) {
    const half = size === 'full' ? 10_000 : 1_500;
    const dir = await mkdtemp(join(tmpdir(), 'reeve-memory-'));
    // As every command of this repository is run, and with it the platform that `npm start` starts.
    const run = new URL('../../scripts/run.mjs', import.meta.url).pathname;
    const args = [
      run,
      'test/proofs/memory-process.ts',
      join(dir, 'data'),
      ...[1, 2, 3].map((thirds) => String(thirds * half)),
    ];
    const child = spawn(process.execPath, args, {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    const samples: Sample[] = [];
    const after: number[] = [];
    const admitted: number[] = [];
    let pid = 0;
    const look = (): number => rssOf(pid);
    const timer = setInterval(() => {
      if (pid !== 0) samples.push({ events: WINDOWS[after.length] ?? 'third', mb: look() });
    }, SAMPLE_MS);
    const limit = setTimeout(() => endNow(pid), LONGEST_S * 1_000);
    try {
      for await (const line of createInterface({ input: child.stdout })) {
        const said = JSON.parse(line) as {
          ready?: number;
          station?: number;
          events?: number;
          over?: boolean;
        };
        if (said.over === true) break;
        pid = said.ready ?? pid;
        if (said.station === undefined) continue;
        after.push(look());
        admitted.push(said.events ?? 0);
        log(`${said.events} events done, ${after.at(-1)?.toFixed(0)} MB`);
      }
      clearInterval(timer);
      return conclude(samples, after, admitted, half, size === 'full' ? GROWTH : REDUCED_GROWTH);
    } finally {
      clearInterval(timer);
      clearTimeout(limit);
      child.stdin.end();
      const killed = setTimeout(() => endNow(pid), 20_000);
      await exited;
      clearTimeout(killed);
      await rm(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    }
  },
};

function conclude(
  samples: readonly Sample[],
  after: readonly number[],
  admitted: readonly number[],
  half: number,
  allowed: number,
) {
  // The later half of each window: the first thousand events of a fresh process compile the code.
  const windowOf = (events: Sample['events']): readonly number[] => {
    const mb = samples.filter((sample) => sample.events === events).map((sample) => sample.mb);
    return mb.slice(Math.floor(mb.length / 2));
  };
  const [first, second, third] = WINDOWS.map((window) => median(windowOf(window))) as [number, number, number];
  const most = Math.max(...samples.map(({ mb }) => mb));
  // The caches are bounded and fill within the first 15,000 or so, which is the growth from first to second; a leak would go on.
  const growth = third / second - 1;
  const isWhole = after.length === 3 && admitted.every((events, i) => events >= (i + 1) * half);
  const round = (mb: number | undefined): number => Math.round(mb ?? 0);
  const percent = (ratio: number): number => Number((ratio * 100).toFixed(1));
  return {
    pass: isWhole && most < LIMIT_MB && growth <= allowed,
    figures: {
      events: admitted[2] ?? 0,
      rss_mb_after_first: round(after[0]),
      rss_mb_after_second: round(after[1]),
      rss_mb_after_third: round(after[2]),
      rss_mb_median_first: round(first),
      rss_mb_median_second: round(second),
      rss_mb_median_third: round(third),
      rss_mb_most: round(most),
      growth_percent_first_to_second: percent(second / first - 1),
      growth_percent: percent(growth),
      samples: samples.length,
      limit_mb: LIMIT_MB,
    },
  };
}

function median(of: readonly number[]): number {
  return of.toSorted((a, b) => a - b)[Math.floor(of.length / 2)] ?? 0;
}

/** The platform process itself: the one that started it ends with it. */
function endNow(pid: number): void {
  if (pid !== 0) process.kill(pid, 'SIGKILL');
}

/** Resident memory in MB, as the kernel counts it; 0 when the process is gone. */
function rssOf(pid: number): number {
  try {
    const [, pages = '0'] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ');
    return (Number(pages) * 4_096) / 1e6;
  } catch {
    return 0;
  }
}
