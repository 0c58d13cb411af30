import type { Registry } from '../fleet/index.ts';
import type { Change, LedgerWriter } from '../ledger/index.ts';
import {
  failpoint,
  GiveUp,
  messageOf,
  RetryLater,
  type Agent,
  type Event,
  type Run,
  type RunId,
} from '../vocabulary/index.ts';
import { work } from './loop.ts';
import { oneLine } from './one-line.ts';
import type { Records } from './records.ts';
import type { RunEnd, Task, World } from './world.ts';

/**
 * Carries out runs that the engine hands over, each at most once at a time in this process, however often it is handed over.
 *
 * A run that breaks off (an error that is neither a verdict nor an outcome) is tried again, with what is on record of it; after
 * {@link MOST_ATTEMPTS} it is set aside, so that one poison event does not hold up the others.
 */
export interface Conductor {
  /** A run as it was admitted in this process: certainly new, so nothing needs to be read back. */
  expect(run: Run, agent: Agent, event: Event): void;
  /** Resolves when each of these runs has ended, parked, been set aside, or been left to the next start. */
  carryOut(runs: readonly RunId[]): Promise<void>;
  /** From now on a run that breaks off stays as it is on record, for the next start. */
  stop(): void;
  /** Resolves when nothing is under way. */
  drained(): Promise<void>;
  ended(): Readonly<Record<RunEnd['state'] | 'set-aside', number>>;
}

export interface ConductorOptions {
  readonly registry: Registry;
  readonly records: Records;
  readonly writer: LedgerWriter;
  readonly world: World;
  /** The run has left the conductor's hands; `end` is null when it had ended before. */
  onFinished(run: RunId, end: RunEnd | null): void;
  onTrouble?(run: RunId, why: string): void;
}

export const MOST_ATTEMPTS = 3;
const BACKOFF_MS = [50, 500];
const AWAY_MS = 250;
const NO_TASKS: ReadonlyMap<RunId, Task> = new Map();
/** Events kept for runs that were admitted here and not yet begun; beyond this they are read back. */
const MOST_EXPECTED = 1_000;

export function createConductor(options: ConductorOptions): Conductor {
  const { registry, records, writer, world } = options;
  const expected = new Map<RunId, Task>();
  const underWay = new Map<RunId, Promise<void>>();
  let stopped = false;
  const ended = { done: 0, failed: 0, refused: 0, waiting: 0, 'set-aside': 0 };

  return {
    expect(run, agent, event) {
      if (expected.size < MOST_EXPECTED) expected.set(run.id, { run, agent, event });
    },
    async drained() {
      while (underWay.size > 0) await Promise.allSettled(underWay.values());
    },
    ended: () => ended,
    async carryOut(ids) {
      const fresh = [...new Set(ids)].filter((id) => !underWay.has(id));
      // Taken before the record is read: whoever else is handed the same run waits for this one, and nobody works on what was read
      // before another ended it.
      const tasks = fresh.length > 0 ? tasksFor(fresh) : Promise.resolve(NO_TASKS);
      for (const id of fresh) underWay.set(id, carryOutOne(id, tasks));
      await Promise.all(ids.flatMap((id) => underWay.get(id) ?? []));
      failpoint('run.before-return');
    },
    stop() {
      stopped = true;
    },
  };

  /** Rejects only when the record could not be read: then the engine hands it over again. */
  async function carryOutOne(id: RunId, tasks: Promise<ReadonlyMap<RunId, Task>>): Promise<void> {
    let end: RunEnd | null = null;
    try {
      const task = (await tasks).get(id);
      // Without a task it has ended already, and the engine handed it over again.
      if (task !== undefined) {
        end = await carryOne(task).catch((error: unknown) => {
          options.onTrouble?.(id, messageOf(error));
          return null;
        });
      }
    } finally {
      underWay.delete(id);
    }
    options.onFinished(id, end);
  }

  /** New runs as they are expected; the others from the record, with their effects; those that have ended are left out. */
  async function tasksFor(ids: readonly RunId[]): Promise<ReadonlyMap<RunId, Task>> {
    const tasks = new Map<RunId, Task>();
    const unknown: RunId[] = [];
    for (const id of ids) {
      const task = expected.get(id);
      expected.delete(id);
      if (task === undefined) unknown.push(id);
      else tasks.set(id, task);
    }
    if (unknown.length === 0) return tasks;
    const [open, effects] = await patiently(() => Promise.all([records.openRuns(unknown), records.effectsOf(unknown)]));
    for (const [id, { run, event }] of open) {
      const agent = registry.agent(run.agent);
      if (agent === null) {
        await setAside(run, `agent \`${run.agent}\` is no longer registered`);
        continue;
      }
      tasks.set(id, { run, agent, event, effects: effects.get(id) ?? new Map() });
    }
    return tasks;
  }

  /** Waits for a record that is away: to the engine it would be a failure, and it does not repeat those for ever. */
  async function patiently<T>(read: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await read();
      } catch (error) {
        if (stopped || !isRecordAway(error)) throw error;
        await pause(AWAY_MS);
      }
    }
  }

  async function carryOne(first: Task): Promise<RunEnd | null> {
    let task = first;
    for (let attempt = task.run.attempts + 1, again = false; ; again = true) {
      try {
        if (again) task = await withEffects(task);
        const end = await work(task, world);
        // A run that was begun before may stand as queued although it waits: nothing new was said of it, so nothing was written.
        if (end.state === 'waiting' && task.effects !== undefined) await writer.append(waitingAgain(task.run, end));
        ended[end.state] += 1;
        return end;
      } catch (error) {
        if (stopped) return null;
        const why = messageOf(error);
        options.onTrouble?.(task.run.id, why);
        if (isRecordAway(error)) {
          // Not the run's fault, and nothing can be noted either: it keeps its place and waits.
          await pause(AWAY_MS);
          continue;
        }
        if (attempt >= MOST_ATTEMPTS || error instanceof GiveUp) {
          await setAside(task.run, why, attempt);
          return null;
        }
        await writer.append({
          entries: [],
          ends: [{ id: task.run.id, state: 'queued', why: oneLine(why), attempts: attempt }],
        });
        await pause(BACKOFF_MS[attempt - 1] ?? 1_000);
        attempt += 1;
      }
    }
  }

  async function withEffects(task: Task): Promise<Task> {
    const effects = await records.effectsOf([task.run.id]);
    return { ...task, effects: effects.get(task.run.id) ?? new Map() };
  }

  /** INVARIANT (every-intent-ends): an intent of a run that nobody goes on with is `unknown`, and a person has to look. */
  async function setAside(run: Run, why: string, attempts = run.attempts): Promise<void> {
    const about = { tenant: run.tenant, run: run.id, agent: run.agent };
    const effects = (await patiently(() => records.effectsOf([run.id]))).get(run.id)?.values() ?? [];
    const open = [...effects].filter(({ state }) => state === 'intent').map(({ permit }) => permit);
    const message = 'its run was set aside before its outcome was found out';
    await writer.append({
      entries: [
        ...open.map((permit) => ({
          ...about,
          kind: 'outcome.settled' as const,
          body: { permit, outcome: { kind: 'unknown', message } },
        })),
        { ...about, kind: 'run.set-aside', body: { event: run.event, attempts, why: oneLine(why) } },
      ],
      ...(open.length > 0 && { outcomes: open.map((permit) => ({ permit, state: 'unknown', why: message })) }),
      ends: [{ id: run.id, state: 'set-aside', why: oneLine(why), attempts }],
    });
    ended['set-aside'] += 1;
  }
}

function waitingAgain({ id }: Run, { why }: RunEnd): Change {
  return { entries: [], ends: [{ id, state: 'waiting', why: oneLine(why) }] };
}

const RECORD_AWAY: readonly string[] = ['database-unreachable', 'disk-full'];

function isRecordAway(error: unknown): boolean {
  return error instanceof RetryLater && RECORD_AWAY.includes(error.code);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
