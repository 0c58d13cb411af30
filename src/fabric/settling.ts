import { messageOf, RetryLater, type Run, type RunId } from '../vocabulary/index.ts';
import type { Records } from './records.ts';

/**
 * Takes up runs whose outcome is unknown although their tool could be asked (E2) or called again (E0, E1): it was away when we
 * tried. Each is tried again with growing pauses; after {@link MOST_TRIES} it waits for a person like an E3.
 */
export interface Settling {
  /** True when nothing is left that would be tried again by itself. */
  settled(): Promise<boolean>;
  /** What was tried in vain is tried again: something has changed. */
  again(): void;
  stop(): void;
}

const MOST_TRIES = 8;
const FIRST_PAUSE_MS = 500;
const MOST_AT_ONCE = 1_000;

export function startSettling(options: {
  readonly records: Records;
  offer(run: Run): void;
  onTrouble(what: string): void;
}): Settling {
  const tried = new Map<RunId, { tries: number; next: number }>();
  let sweeping: Promise<number> | null = null;
  const timer = setInterval(() => {
    sweep().catch((error: unknown) => options.onTrouble(`settling: ${messageOf(error)}`));
  }, FIRST_PAUSE_MS);
  timer.unref();
  return {
    async settled() {
      try {
        return (await sweep()) === 0;
      } catch (error) {
        if (!(error instanceof RetryLater)) throw error;
        // The record is away: nobody knows.
        return false;
      }
    },
    again: () => tried.clear(),
    stop: () => clearInterval(timer),
  };

  /** One at a time, however slow the record is. */
  function sweep(): Promise<number> {
    sweeping ??= sweepNow().finally(() => (sweeping = null));
    return sweeping;
  }

  /** Offers what is due and returns how many will be tried again at some time. */
  async function sweepNow(): Promise<number> {
    const inVain = [...tried].flatMap(([id, { tries }]) => (tries >= MOST_TRIES ? [id] : []));
    const runs = await options.records.unsettledRuns(inVain, MOST_AT_ONCE);
    const here = new Set(runs.map(({ id }) => id));
    // What is not among them has been settled.
    for (const [id, { tries }] of tried) if (tries < MOST_TRIES && !here.has(id)) tried.delete(id);
    for (const run of runs) {
      const { tries, next } = tried.get(run.id) ?? { tries: 0, next: 0 };
      if (Date.now() < next) continue;
      tried.set(run.id, { tries: tries + 1, next: Date.now() + FIRST_PAUSE_MS * 2 ** tries });
      options.offer(run);
    }
    return runs.length;
  }
}
