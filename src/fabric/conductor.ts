import type { Registry } from '../fleet/index.ts';
import type { LedgerWriter } from '../ledger/index.ts';
import { failpoint, messageOf, type Agent, type Event, type Run, type RunId } from '../vocabulary/index.ts';
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
  /** Resolves when each of these runs has ended, parked, or been set aside. */
  carryOut(runs: readonly RunId[]): Promise<void>;
  ended(): Readonly<Record<RunEnd['state'] | 'set-aside', number>>;
}

export interface ConductorOptions {
  readonly registry: Registry;
  readonly records: Records;
  readonly writer: LedgerWriter;
  readonly world: World;
  /** The run has left the conductor's hands. */
  onFinished(run: RunId): void;
  onTrouble?(run: RunId, why: string): void;
}

export const MOST_ATTEMPTS = 3;
const BACKOFF_MS = [50, 500];
/** Events kept for runs that were admitted here and not yet begun; beyond this they are read back. */
const MOST_EXPECTED = 4_000;

export function createConductor(options: ConductorOptions): Conductor {
  const { registry, records, writer, world } = options;
  const expected = new Map<RunId, Task>();
  const underWay = new Map<RunId, Promise<void>>();
  const ended = { done: 0, failed: 0, refused: 0, waiting: 0, 'set-aside': 0 };

  return {
    expect(run, agent, event) {
      if (expected.size < MOST_EXPECTED) expected.set(run.id, { run, agent, event });
    },
    ended: () => ended,
    async carryOut(ids) {
      const fresh = ids.filter((id) => !underWay.has(id));
      const tasks = await tasksFor(fresh);
      await Promise.all(
        ids.map((id) => {
          const same = underWay.get(id);
          if (same !== undefined) return same;
          const task = tasks.get(id);
          if (task === undefined) {
            // It has ended already: the engine handed it over again.
            options.onFinished(id);
            return undefined;
          }
          const running = carryOne(task).finally(() => {
            underWay.delete(id);
            options.onFinished(id);
          });
          underWay.set(id, running);
          return running;
        }),
      );
      failpoint('run.before-return');
    },
  };

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
    const [open, effects] = await Promise.all([records.openRuns(unknown), records.effectsOf(unknown)]);
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

  async function carryOne(first: Task): Promise<void> {
    let task = first;
    for (let attempt = task.run.attempts + 1; ; attempt++) {
      try {
        const end = await work(task, world);
        ended[end.state] += 1;
        return;
      } catch (error) {
        const why = messageOf(error);
        options.onTrouble?.(task.run.id, why);
        if (attempt >= MOST_ATTEMPTS) return setAside(task.run, why);
        await writer.append({
          entries: [],
          ends: [{ id: task.run.id, state: 'queued', why: oneLine(why), attempts: attempt }],
        });
        await new Promise((resolve) => setTimeout(resolve, BACKOFF_MS[attempt - 1] ?? 1_000));
        const effects = await records.effectsOf([task.run.id]);
        task = { ...task, effects: effects.get(task.run.id) ?? new Map() };
      }
    }
  }

  async function setAside(run: Run, why: string): Promise<void> {
    const body = { event: run.event, attempts: MOST_ATTEMPTS, why: oneLine(why) };
    await writer.append({
      entries: [{ kind: 'run.set-aside', tenant: run.tenant, run: run.id, agent: run.agent, body }],
      ends: [{ id: run.id, state: 'set-aside', why: oneLine(why), attempts: MOST_ATTEMPTS }],
    });
    ended['set-aside'] += 1;
  }
}
