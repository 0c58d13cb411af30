import {
  failpoint,
  messageOf,
  newId,
  type AgentId,
  type BatchId,
  type Run,
  type RunId,
  type TenantId,
} from '../vocabulary/index.ts';

/**
 * Bounded dispatch: which runs go to the engine, and when.
 *
 * Each agent has a queue, in order of admission. Runs of one agent about one subject go one after another. Tenants and agents
 * have a limit of runs under way; what does not fit waits. Runs that are ready together ride together in one invocation of the
 * engine: many short runs then share its cost, and a run alone still goes at once.
 */
export interface Dispatcher {
  /** `again`: something has happened to it; when it is under way it is carried out once more afterwards. */
  offer(run: Run, options?: { readonly again: boolean }): void;
  /** The run has ended, parked, or is to be offered again later: its place is free. */
  finished(run: RunId): void;
  /** How many more runs may be queued. */
  room(): number;
  queued(): number;
  active(): number;
  /** Resolves when nothing is queued or under way. */
  idle(): Promise<void>;
  /** Resolves when fewer than `runs` are queued. */
  below(runs: number): Promise<void>;
  stop(): void;
}

export interface DispatchLimits {
  readonly maxQueued: number;
  readonly perTenant: number;
  readonly perAgent: number;
  readonly inAll: number;
}

export interface DispatchOptions {
  readonly limits: DispatchLimits;
  /** Hands a batch to the engine. Rejects when the engine is away; the same batch is then handed over again. */
  submit(batch: BatchId, runs: readonly RunId[]): Promise<void>;
  onTrouble?(why: string): void;
}

/** Most runs in one invocation: beyond some 30 its share of the engine's cost is already below 0.05 ms. */
const BATCH = 32;
const RETRY_MS = 250;

interface Lane {
  readonly waiting: Run[];
}

export function createDispatcher({ limits, submit, onTrouble }: DispatchOptions): Dispatcher {
  const known = new Map<RunId, Run>();
  const active = new Set<RunId>();
  /** Under way, and to be offered once more when they are finished. */
  const again = new Set<RunId>();
  const lanes = new Map<string, Lane>();
  const ready = new Map<AgentId, Run[]>();
  const perTenant = new Map<TenantId, number>();
  const perAgent = new Map<AgentId, number>();
  let waiters: { readonly done: () => boolean; resolve(): void }[] = [];
  /** Never so much of the room that a few slow runs hold up all the others. */
  const enough = Math.min(BATCH, Math.ceil(limits.inAll / 4));
  let scheduled = false;
  let stopped = false;

  return {
    offer(run, options) {
      if (!known.has(run.id)) take(run);
      else if (options?.again === true && active.has(run.id)) again.add(run.id);
    },
    finished(id) {
      const run = known.get(id);
      if (run === undefined || !active.has(id)) return;
      known.delete(id);
      active.delete(id);
      count(perTenant, run.tenant, -1);
      count(perAgent, run.agent, -1);
      const key = laneOf(run);
      const next = lanes.get(key)?.waiting.shift();
      if (next === undefined) lanes.delete(key);
      else makeReady(next);
      if (again.delete(id)) take(run);
      schedule();
      notify();
    },
    room: () => limits.maxQueued - (known.size - active.size),
    queued: () => known.size - active.size,
    active: () => active.size,
    idle: () => until(() => known.size === 0),
    below: (runs) => until(() => known.size - active.size < runs),
    stop() {
      stopped = true;
    },
  };

  function take(run: Run): void {
    known.set(run.id, run);
    const key = laneOf(run);
    const lane = lanes.get(key);
    if (lane === undefined) {
      lanes.set(key, { waiting: [] });
      makeReady(run);
    } else {
      lane.waiting.push(run);
    }
    schedule();
  }

  function laneOf({ agent, subject }: Run): string {
    return `${agent} ${subject}`;
  }

  function makeReady(run: Run): void {
    const queue = ready.get(run.agent);
    if (queue === undefined) ready.set(run.agent, [run]);
    else queue.push(run);
  }

  /** One look at the queues per turn of the loop, after everything that became ready in this turn. */
  function schedule(): void {
    if (scheduled || stopped) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      pump();
    });
  }

  function pump(): void {
    while (!stopped) {
      const free = limits.inAll - active.size;
      // With work piled up, wait for room for a whole batch: single places would make batches of one.
      if (free <= 0 || (free < enough && active.size > 0 && known.size - active.size > free)) return;
      const batch = nextUp(Math.min(BATCH, free));
      if (batch.length === 0) return;
      void send(batch);
    }
  }

  /** The next runs that may go: agents take turns, oldest first within each. */
  function nextUp(most: number): readonly Run[] {
    const batch: Run[] = [];
    for (const [agent, queue] of ready) {
      let taken = 0;
      while (batch.length < most && taken < queue.length) {
        const run = queue[taken] as Run;
        if ((perAgent.get(agent) ?? 0) >= limits.perAgent) break;
        if ((perTenant.get(run.tenant) ?? 0) >= limits.perTenant) break;
        taken += 1;
        batch.push(run);
        active.add(run.id);
        count(perTenant, run.tenant, 1);
        count(perAgent, run.agent, 1);
      }
      if (taken === 0) continue;
      queue.splice(0, taken);
      // To the end of the line, or out of it.
      ready.delete(agent);
      if (queue.length > 0) ready.set(agent, queue);
      if (batch.length >= most) break;
    }
    return batch;
  }

  async function send(batch: readonly Run[]): Promise<void> {
    const id = newId('batch');
    for (;;) {
      try {
        failpoint('dispatch.before-submit');
        await submit(
          id,
          batch.map((run) => run.id),
        );
        failpoint('dispatch.after-submit');
        return;
      } catch (error) {
        if (stopped) return;
        onTrouble?.(messageOf(error));
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  function until(done: () => boolean): Promise<void> {
    if (done()) return Promise.resolve();
    return new Promise((resolve) => waiters.push({ done, resolve }));
  }

  function notify(): void {
    if (waiters.length === 0) return;
    const ready_ = waiters.filter(({ done }) => done());
    if (ready_.length === 0) return;
    waiters = waiters.filter((waiter) => !ready_.includes(waiter));
    for (const { resolve } of ready_) resolve();
  }
}

function count<K>(counts: Map<K, number>, key: K, by: number): void {
  const now = (counts.get(key) ?? 0) + by;
  if (now <= 0) counts.delete(key);
  else counts.set(key, now);
}
