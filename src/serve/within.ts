import { isFault, RetryLater } from '../vocabulary/index.ts';

/** How long a caller is kept waiting for the record before it is told to come again. */
export const PATIENCE_MS = 5_000;

/**
 * Waits for something to be on record, and no longer than `ms`. It may get there later all the same; asking again is harmless.
 *
 * @throws RetryLater `record-unavailable` when it takes too long or the database is away.
 */
export async function withinPatience<T>(work: Promise<T>, ms: number = PATIENCE_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(unavailable(`nothing could be put on record for ${ms / 1_000} s`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } catch (error) {
    if (isFault(error) && error.code === 'database-unreachable') throw unavailable(error.message, error);
    throw error;
  } finally {
    clearTimeout(timer);
    // Whoever comes again hears of it; here it has been answered.
    work.catch(() => undefined);
  }
}

function unavailable(why: string, cause?: unknown): RetryLater {
  return new RetryLater('record-unavailable', `the record is away: ${why}`, {
    cause,
    afterMs: 2_000,
    fix: 'send the same again: what has been put on record meanwhile is recognised as a repeat',
  });
}
