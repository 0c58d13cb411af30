import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FAILPOINTS, type Failpoint } from '../../src/vocabulary/index.ts';
import { CELLS, type InDoubt } from '../faults/audit.ts';
import { openLane, type Case, type Lane, type Verdict } from '../faults/lane.ts';
import { VICTIMS, type Victim } from '../faults/protocol.ts';
import { casesAt } from './crash-cases.ts';
import type { Proof, Size } from './proof.ts';
import { randomFrom, type Random } from './random.ts';

interface Plan {
  readonly cases: readonly Case[];
  /** How long anything is killed at random while work goes on, or how many times. */
  readonly randomKills: { readonly seconds: number; readonly least: number };
  /** Crashes with the planted bug, at most; it stops as soon as every class was caught. */
  readonly control: number;
}

/**
 * P3, the crash matrix: platform, engine and database are killed at every failpoint and at random. The judge is outside: the
 * simulators' journals and the database, read by the test itself.
 */
export const proof: Proof = {
  name: 'crash',
  shows:
    'platform, engine and database are killed by SIGKILL at every failpoint and at random under load: afterwards every run has ended or waits for a person, and journals, effects and ledger agree',
  async run({ size, seed, log }) {
    const random = randomFrom(seed);
    const plan = planOf(size, seed);
    const dir = await mkdtemp(join(tmpdir(), 'reeve-crash-'));
    const seen = newSightings();
    try {
      // Two at a time: more would only wait for each other on two cores.
      const queue = [...plan.cases];
      const ended = await Promise.allSettled(
        [0, 1].map((i) =>
          withLane(join(dir, `lane-${i}`), seed + i, async (lane) => {
            for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
              const verdict = await lane.runCase(next);
              note(seen, next.name, next.victim, verdict);
              log(lineOf(`${next.victim} at ${next.name} (pass ${next.nth})`, verdict));
            }
            await killAtRandom(lane, plan, random, seen, log);
            const last = await lane.audit();
            seen.effects += last.effects;
            seen.unknown += last.unknown;
            for (const kind of ['unlogged', 'lost', 'duplicate'] as const) seen[kind] += last.reconciliation[kind];
          }),
        ),
      );
      // Only now: a lane that is still at work must not lose its folder.
      for (const one of ended) if (one.status === 'rejected') throw one.reason;
      const caught = await runControl(join(dir, 'control'), seed, plan.control, log);
      return conclude(plan, seen, caught, LONGEST_RECOVERY_S[size]);
    } finally {
      await rm(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    }
  },
};

/** At reduced size the machine is shared with all the other tests. */
const LONGEST_RECOVERY_S = { full: 15, reduced: 60 } as const satisfies Record<Size, number>;

function planOf(size: Size, seed: number): Plan {
  const cases = casesAt(size, seed);
  return size === 'full'
    ? { cases, randomKills: { seconds: 180, least: 3 }, control: 12 }
    : { cases, randomKills: { seconds: 0, least: 0 }, control: 6 };
}

interface Sightings {
  readonly reached: Set<Failpoint>;
  readonly kills: Record<Victim, number>;
  randomKills: number;
  /** From the start after a crash until all was at rest, in milliseconds; after random kills, the backlog of the load included. */
  readonly recoveries: number[];
  readonly drains: number[];
  readonly faults: string[];
  /** Intents without an outcome when the platform died, by class. */
  readonly inDoubt: Record<string, number>;
  effects: number;
  unknown: number;
  unlogged: number;
  lost: number;
  duplicate: number;
}

function newSightings(): Sightings {
  return {
    reached: new Set(),
    kills: { platform: 0, engine: 0, database: 0 },
    randomKills: 0,
    recoveries: [],
    drains: [],
    faults: [],
    inDoubt: {},
    effects: 0,
    unknown: 0,
    unlogged: 0,
    lost: 0,
    duplicate: 0,
  };
}

function note(seen: Sightings, where: string, victim: Victim, verdict: Verdict): void {
  if (verdict.reached) {
    if (isFailpoint(where)) seen.reached.add(where);
    seen.kills[victim] += 1;
  }
  (isFailpoint(where) ? seen.recoveries : seen.drains).push(verdict.recoveryMs);
  for (const fault of verdict.faults) seen.faults.push(`${victim} at ${where}: ${fault}`);
  for (const doubtful of verdict.inDoubt) seen.inDoubt[cellOf(doubtful)] = (seen.inDoubt[cellOf(doubtful)] ?? 0) + 1;
}

async function killAtRandom(
  lane: Lane,
  { randomKills }: Plan,
  random: Random,
  seen: Sightings,
  log: (line: string) => void,
): Promise<void> {
  const until = performance.now() + randomKills.seconds * 1_000;
  for (let n = 0; n < randomKills.least || performance.now() < until; n++) {
    const victim = n < VICTIMS.length ? VICTIMS[n]! : random.pick(VICTIMS);
    const afterMs = 200 + random.below(2_500);
    const verdict = await lane.killUnderLoad(victim, afterMs);
    seen.randomKills += 1;
    note(seen, 'random', victim, verdict);
    log(lineOf(`${victim} after ${afterMs} ms of load`, verdict));
  }
}

/** Crashes of the platform with the planted bug: whether each class of effects was found out. */
async function runControl(
  dir: string,
  seed: number,
  most: number,
  log: (line: string) => void,
): Promise<Readonly<Record<string, number>>> {
  let caught: Readonly<Record<string, number>> = {};
  await withLane(
    dir,
    seed,
    async (lane) => {
      for (let n = 0; n < most && !(n > 0 && CELLS.every((cell) => (caught[cell] ?? 0) > 0)); n++) {
        await lane.runCase({ name: 'act.after-send', victim: 'platform', nth: 10 + n, pauseMs: 0 });
        caught = { ...lane.findings() };
        log(`control, intent written after the call: ${JSON.stringify(caught)} found out`);
      }
    },
    true,
  );
  return caught;
}

function conclude(plan: Plan, seen: Sightings, caught: Readonly<Record<string, number>>, longest: number) {
  const recoveries = seen.recoveries.toSorted((a, b) => a - b);
  const seconds = (ms: number | undefined): number => Number(((ms ?? 0) / 1_000).toFixed(1));
  const missing = FAILPOINTS.filter((name) => !seen.reached.has(name));
  const doubtful = CELLS.every((cell) => (seen.inDoubt[cell] ?? 0) > 0);
  const isCaught = CELLS.every((cell) => (caught[cell] ?? 0) > 0);
  const slowest = seconds(recoveries.at(-1));
  const pass = seen.faults.length === 0 && missing.length === 0 && doubtful && isCaught && slowest < longest;
  return {
    pass,
    figures: {
      failpoints: FAILPOINTS.length,
      failpoints_reached: seen.reached.size,
      never_reached: missing.join(', '),
      cases: plan.cases.length,
      random_kills: seen.randomKills,
      kills: Object.entries(seen.kills)
        .map(([victim, n]) => `${victim} ${n}`)
        .join(', '),
      effects: seen.effects,
      in_doubt_at_a_crash: show(seen.inDoubt),
      unlogged: seen.unlogged,
      lost: seen.lost,
      duplicate: seen.duplicate,
      left_for_a_person_e3: seen.unknown,
      recovery_seconds_median: seconds(recoveries[Math.floor(recoveries.length / 2)]),
      recovery_seconds_most: slowest,
      drained_under_load_seconds_most: seconds(Math.max(0, ...seen.drains)),
      faults: seen.faults.length,
      first_faults: seen.faults.slice(0, 5).join(' | '),
      control_caught: isCaught,
      control_found: show(caught),
    },
  };
}

async function withLane(dir: string, seed: number, work: (lane: Lane) => Promise<void>, late = false): Promise<void> {
  const lane = await openLane({ dir, seed, late });
  try {
    await work(lane);
  } finally {
    await lane.stop();
  }
}

function lineOf(what: string, { reached, recoveryMs, faults, inDoubt }: Verdict): string {
  const how = faults.length === 0 ? 'whole' : `NOT WHOLE: ${faults.join('; ')}`;
  return `${what}: ${reached ? '' : 'not reached, '}${inDoubt.length} in doubt, ${how} after ${(recoveryMs / 1_000).toFixed(1)} s`;
}

function cellOf({ tool, class: effect }: InDoubt): string {
  return tool === 'mes.hold' ? 'E1+C' : effect;
}

function show(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([what, n]) => `${what} ${n}`)
    .join(', ');
}

function isFailpoint(name: string): name is Failpoint {
  return (FAILPOINTS as readonly string[]).includes(name);
}
