import { messageOf, RetryLater, type Run, type RunId } from '../vocabulary/index.ts';
import type { Records } from './records.ts';

/**
 * Takes up runs whose outcome is unknown although their tool could be asked (E2) or called again (E0, E1): it was away when we
 * tried. Each is tried again with growing pauses; after {@link MOST_TRIES} it waits for a person like an E3.
 */
export interface Settling {
  /** True when nothing is left that would be tried again by itself. */
  settled(): Promise<boolean>;
  stop(): void;
}

const MOST_TRIES = 8;
const FIRST_PAUSE_MS = 500;

export function startSettling(options: {
  readonly records: Records;
  offer(run: Run): void;
  onTrouble(what: string): void;
}): Settling {
  const tried = new Map<RunId, { tries: number; next: number }>();
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
    stop: () => clearInterval(timer),
  };

  /** Offers what is due and returns how many will be tried again at some time. */
  async function sweep(): Promise<number> {
    const runs = await options.records.unsettledRuns(1_000);
    let hopeful = 0;
    for (const run of runs) {
      const { tries, next } = tried.get(run.id) ?? { tries: 0, next: 0 };
      if (tries >= MOST_TRIES) continue;
      hopeful += 1;
      if (Date.now() < next) continue;
      tried.set(run.id, { tries: tries + 1, next: Date.now() + FIRST_PAUSE_MS * 2 ** tries });
      options.offer(run);
    }
    return hopeful;
  }
}
