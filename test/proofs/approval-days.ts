import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Readable, Writable } from 'node:stream';
import { messageOf } from '../../src/vocabulary/index.ts';
import { journals, withRecord } from '../faults/audit.ts';
import { startSimulatorProcess, within } from '../faults/processes.ts';
import { ANSWERED_BY, LET_IN, RULE_NAMES, type RuleName } from './approval-days-fleet.ts';
import { judgeDays, type DaysJudgement, type Fate } from './approval-days-judge.ts';
import type { Latest, Order, Said } from './approval-days-process.ts';
import type { Proof } from './proof.ts';
import { randomFrom, type Random } from './random.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** A Monday, 30 days around the end of summer time in Europe and in America. */
const START = Date.UTC(2026, 9, 12, 6);
const DAYS = 30;
/** People answer on the hour, so that an answer and what time does meet. */
const ANSWERS_AT = HOUR;
/** Most that a platform may be late, by the simulated clock. */
const TOLERANCE_MS = 2_000;

/** H7: nothing is lost and nothing approved by silence, over a month and whoever is killed. */
export const proof: Proof = {
  name: 'approval-days',
  shows:
    'pending approvals outlive kills of everything over 30 simulated days: none lost, none approved by silence, escalated on time; an upgrade loses none',
  async run({ size, seed, log }) {
    const full = size === 'full';
    const pending = full ? 10_000 : 120;
    const dir = await mkdtemp(join(tmpdir(), 'reeve-days-'));
    try {
      const month = await live(join(dir, 'month'), {
        pending,
        batches: full ? 240 : 12,
        kills: full ? 24 : 3,
        days: DAYS,
        random: randomFrom(seed),
        plant: false,
        log,
      });
      log(`${pending} asked, ${month.kills.length} kills: ${month.judged.wrong.length} wrong`);
      for (const one of month.judged.wrong.slice(0, 5)) log(`  ${one}`);
      const control = await live(join(dir, 'control'), {
        pending: 12,
        batches: 2,
        kills: 0,
        days: DAYS,
        random: randomFrom(seed + 1),
        plant: true,
        log,
      });
      log(`control: ${control.judged.bySilence} approved by silence, ${control.judged.late} late`);
      const upgraded = await upgrade(join(dir, 'upgrade'));
      const { judged } = month;
      const controlSeen = control.judged.bySilence > 0 && control.judged.late > 0;
      return {
        pass:
          judged.wrong.length === 0 &&
          judged.bySilence === 0 &&
          judged.lost === 0 &&
          judged.late === 0 &&
          judged.escalations > 0 &&
          judged.asked === pending &&
          controlSeen &&
          upgraded.wrong.length === 0,
        figures: {
          pending,
          simulatedDays: DAYS,
          kills: month.kills.join(', '),
          lost: judged.lost,
          approvedBySilence: judged.bySilence,
          escalations: judged.escalations,
          escalatedLate: judged.late,
          latestEscalationMs: judged.latestMs,
          dueTimesCountedAnew: judged.counted,
          endedAs: Object.entries(judged.states)
            .map(([state, count]) => `${state} ${count}`)
            .join(', '),
          executed: judged.executed,
          mostOfOneKey: judged.mostOfOneKey,
          wrong: judged.wrong.length,
          firstWrong: judged.wrong[0] ?? null,
          controlSeen,
          controlSays: `${control.judged.bySilence} by silence, ${control.judged.late} late, ${control.judged.wrong.length} wrong`,
          upgrade: upgraded.wrong.length === 0 ? upgraded.said : (upgraded.wrong[0] ?? null),
        },
      };
    } finally {
      await rm(dir, { recursive: true, force: true, maxRetries: 5 });
    }
  },
};

interface Plan {
  readonly pending: number;
  readonly batches: number;
  readonly kills: number;
  readonly days: number;
  readonly random: Random;
  readonly plant: boolean;
  log(line: string): void;
}

interface Happening {
  readonly at: number;
  readonly ask?: readonly number[];
  readonly answer?: { readonly bill: string; readonly kind: 'approve' | 'decline'; readonly as: string };
}

/** A month of asking, answering and killing. */
async function live(
  dir: string,
  { pending, batches, kills, days, random, plant, log }: Plan,
): Promise<{ readonly judged: DaysJudgement; readonly kills: readonly Victim[] }> {
  await mkdir(dir, { recursive: true });
  const simulator = await startSimulatorProcess(join(dir, 'simulator'), join(dir, 'simulator.log'));
  const fates = new Map<string, Fate>();
  const happenings = script(pending, batches, days, random, fates);
  const killAt = Array.from({ length: kills }, (_, n) => START + ((n + 0.5) * days * DAY) / kills);
  const killed: Victim[] = [];
  const holder = holdPlatform(dir, simulator.url, plant);
  try {
    let now = START;
    await holder.start(now);
    let due: number | null = null;
    let done = 0;
    for (;;) {
      const next = happenings[done]?.at ?? Number.POSITIVE_INFINITY;
      // A platform looks about twice a second: what is due is met up to so much later.
      const met = due === null ? Number.POSITIVE_INFINITY : due + random.below(1_000);
      const to = Math.max(now, Math.min(next, met, START + days * DAY));
      const before = now;
      now = to;
      const kill = killAt.findIndex((at) => at > before && at <= now);
      if (kill >= 0) {
        const victim = VICTIMS[killed.length % VICTIMS.length] ?? 'everything';
        killed.push(victim);
        // Somewhere in the middle of what is done at this moment.
        const under = holder.tell({ do: 'tick', at: now });
        await sleep(random.below(60));
        await holder.kill(victim, now);
        await under.catch(() => undefined);
      }
      due = (await holder.surely({ do: 'tick', at: now }, now)).due ?? null;
      while ((happenings[done]?.at ?? Number.POSITIVE_INFINITY) <= now) {
        const { ask, answer } = happenings[done] as Happening;
        if (ask !== undefined) await holder.surely({ do: 'ask', bills: ask }, now);
        if (answer !== undefined) await holder.surely({ do: 'answer', ...answer }, now);
        done += 1;
      }
      due = (await holder.surely({ do: 'tick', at: now }, now)).due ?? null;
      if (now >= START + days * DAY) break;
      if (done % 500 === 1) log(`day ${Math.floor((now - START) / DAY)}: ${done} of ${happenings.length} happenings`);
    }
    const judged = await withRecord(holder.databaseUrl(), async (pool) => {
      const journal = [];
      for await (const line of journals(join(dir, 'simulator'))) journal.push(line);
      return judgeDays(pool, fates, journal, now, TOLERANCE_MS);
    });
    return { judged, kills: killed };
  } finally {
    await holder.stop();
    await simulator.stop();
  }
}

/** Who is asked when, and who answers: most wait until their time is over, and some still wait at the end. */
function script(
  pending: number,
  batches: number,
  days: number,
  random: Random,
  fates: Map<string, Fate>,
): readonly Happening[] {
  const happenings: Happening[] = [];
  for (let batch = 0; batch < batches; batch++) {
    const at = START + Math.floor((batch * (days - 2) * DAY) / batches) + random.below(HOUR);
    const [from, upTo] = [batch, batch + 1].map((n) => Math.floor((n * pending) / batches)) as [number, number];
    const bills = Array.from({ length: upTo - from }, (_, n) => from + n);
    happenings.push({ at, ask: bills });
    for (const n of bills) {
      const rule = RULE_NAMES[n % RULE_NAMES.length] as RuleName;
      const fate = random.hit(0.6) ? 'silence' : random.hit(0.3) ? 'declined' : random.hit(0.3) ? 'half' : 'approved';
      const bill = `bill-${n}`;
      // `half`: of two stages only the first is answered; elsewhere, answered by whom an escalation has let in.
      const real: Fate = fate === 'half' && rule !== 'staged' ? (rule === 'quick' ? 'let-in' : 'silence') : fate;
      fates.set(bill, real);
      if (real === 'silence') continue;
      const when = Math.ceil((at + (real === 'let-in' ? HOUR : 0) + random.below(20 * HOUR)) / ANSWERS_AT) * ANSWERS_AT;
      const names = real === 'let-in' ? [LET_IN] : ANSWERED_BY[rule];
      const saying = real === 'approved' || real === 'let-in' ? names : names.slice(0, 1);
      for (const [stage, as] of saying.entries()) {
        const kind = real === 'declined' ? 'decline' : 'approve';
        happenings.push({ at: when + stage * ANSWERS_AT, answer: { bill, kind, as } });
      }
    }
  }
  return happenings.filter(({ at }) => at < START + days * DAY).sort((a, b) => a.at - b.at);
}

const VICTIMS = ['platform', 'everything', 'database', 'engine'] as const;
type Victim = (typeof VICTIMS)[number];
const PID_FILE = { engine: 'restate.json', database: 'postgres.json' } as const;

type Done = Extract<Said, { done: number }>;
interface Held {
  tell(order: Order): Promise<Done>;
  kill(): Promise<void>;
  end(): Promise<void>;
}

/** The platform process, started again whenever it was killed, with the clock where it stood. */
function holdPlatform(dir: string, systems: string, plant: boolean) {
  const dataDir = join(dir, 'data');
  const logFile = join(dir, 'platform.log');
  let held: Held | null = null;
  let url = '';
  const start = async (now: number, more: readonly string[] = []): Promise<void> => {
    const args = [
      '--data-dir',
      dataDir,
      '--systems',
      systems,
      '--now',
      `${now}`,
      ...more,
      ...(plant ? ['--plant'] : []),
    ];
    ({ held, url } = await startProcess(args, logFile));
  };
  const tell = (order: Order): Promise<Done> =>
    held === null ? Promise.reject(new Error('there is no platform')) : held.tell(order);
  return {
    start,
    tell,
    databaseUrl: () => url,
    async kill(victim: Victim, now: number): Promise<void> {
      const pids = (['database', 'engine'] as const)
        .filter((one) => victim === one || victim === 'everything')
        .map((one) => (JSON.parse(readFileSync(join(dataDir, 'run', PID_FILE[one]), 'utf8')) as { pid: number }).pid);
      const dies = victim === 'platform' || victim === 'everything' ? held : null;
      for (const pid of pids) process.kill(pid, 'SIGKILL');
      if (dies === null) return;
      held = null;
      await dies.kill();
      await start(now);
    },
    /** Until it is done: while the database or the engine comes back, an order may fail. */
    async surely(order: Order, now: number): Promise<Done> {
      for (let tries = 1; ; tries++) {
        try {
          return await within(60_000, tell(order), order.do);
        } catch (error) {
          const why = messageOf(error);
          if (order.do === 'answer' && / already/.test(why)) return { done: 0 };
          if (tries === 40) throw new Error(`${order.do} at ${new Date(now).toISOString()}: ${why}`, { cause: error });
          await sleep(500);
        }
      }
    },
    async stop(): Promise<void> {
      await held?.end();
      held = null;
    },
  };
}

async function startProcess(args: readonly string[], logFile: string): Promise<{ held: Held; url: string }> {
  const path = new URL('./approval-days-process.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [path, ...args], {
    stdio: ['pipe', 'pipe', openSync(logFile, 'a')],
  }) as ChildProcessByStdio<Writable, Readable, null>;
  const waiting = new Map<number, PromiseWithResolvers<Done>>();
  const ready = Promise.withResolvers<string>();
  const died = once(child, 'exit').then(() => {
    for (const { reject } of waiting.values()) reject(new Error('the platform died'));
    ready.reject(new Error(`the platform did not start: ${readFileSync(logFile, 'utf8').slice(-800)}`));
  });
  ready.promise.catch(() => undefined);
  child.stdin.on('error', () => undefined);
  createInterface({ input: child.stdout }).on('line', (line) => {
    const said = JSON.parse(line) as Said;
    if ('ready' in said) return ready.resolve(said.ready.databaseUrl);
    const id = 'done' in said ? said.done : said.failed;
    const one = waiting.get(id);
    waiting.delete(id);
    if ('done' in said) one?.resolve(said);
    else one?.reject(new Error(said.why));
  });
  let last = 0;
  const held: Held = {
    tell(order) {
      const id = ++last;
      const told = Promise.withResolvers<Done>();
      told.promise.catch(() => undefined);
      waiting.set(id, told);
      child.stdin.write(`${JSON.stringify({ id, ...order })}\n`);
      return told.promise;
    },
    async kill() {
      child.kill('SIGKILL');
      await died;
    },
    async end() {
      child.stdin.end();
      await within(30_000, died, 'the end of the platform').catch(() => child.kill('SIGKILL'));
      await died;
    },
  };
  const url = await within(120_000, ready.promise, 'the start of the platform').catch(async (error: unknown) => {
    await held.kill();
    throw error;
  });
  return { held, url };
}

/**
 * From the first version of the platform to this one, from one release of an agent to the same, and to the next: what waited for
 * people waits, or is asked anew with the reason.
 */
async function upgrade(dir: string): Promise<{ readonly wrong: readonly string[]; readonly said: string }> {
  await mkdir(dir, { recursive: true });
  const wrong: string[] = [];
  const check = (right: boolean, what: string, found: unknown): void => {
    if (!right) wrong.push(`${what}: ${JSON.stringify(found)}`);
  };
  const simulator = await startSimulatorProcess(join(dir, 'simulator'), join(dir, 'simulator.log'));
  const holder = holdPlatform(dir, simulator.url, false);
  const latest = async (bill: string): Promise<Latest['approvals']> =>
    (await holder.surely({ do: 'latest', bill }, START)).latest?.approvals ?? [];
  try {
    // Bill 1 was asked about by the first version, bill 4 is by this one; both by the rule `office`.
    await holder.start(START, ['--first-version']);
    const first = await latest('bill-1');
    check(first.length === 2, 'the question of the first version is asked anew, once', first);
    check(first[0]?.state === 'void' && first[0].round === null, 'and is void', first);
    check(first[1]?.state === 'pending', 'the new one waits', first);
    await holder.surely({ do: 'ask', bills: [4] }, START);
    const before = [...(await latest('bill-1')), ...(await latest('bill-4'))];
    await holder.stop();

    await holder.start(START + HOUR);
    const same = [...(await latest('bill-1')), ...(await latest('bill-4'))];
    check(JSON.stringify(same) === JSON.stringify(before), 'after a restart the same questions stand', same);
    await holder.stop();

    await holder.start(START + 2 * HOUR, ['--release', '2']);
    for (const [bill, times] of [
      ['bill-1', 3],
      ['bill-4', 2],
    ] as const) {
      const after = await latest(bill);
      const [old, anew] = after.slice(-2);
      check(after.length === times, 'with a new release of the agent it is asked anew, once', after);
      check(old?.state === 'void' && old.why.includes('agentVersion'), 'the old question is void and says why', after);
      check(anew?.state === 'pending', 'the new question waits', after);
      await holder.surely({ do: 'answer', bill, kind: 'approve', as: 'controller' }, START);
      const used = (await latest(bill)).at(-1);
      check(used?.state === 'consumed', 'and once it is answered it is used', used);
    }
    await holder.stop();
    await holder.start(START + 3 * HOUR, ['--release', '2']);
    const counts = new Map<string, number>();
    await latest('bill-1');
    for await (const { key } of journals(join(dir, 'simulator')))
      counts.set(key ?? '', (counts.get(key ?? '') ?? 0) + 1);
    const made = [...counts.values()];
    check(made.length === 2 && made.every((one) => one === 1), 'each is done once', made);
    return { wrong, said: 'asked anew once each, 2 of 2 done once' };
  } finally {
    await holder.stop();
    await simulator.stop();
  }
}
