import type { Clock } from '../vocabulary/index.ts';

/** A clock that stands still until a test moves it. */
export interface HandMovedClock extends Clock {
  /** Moves on by `ms`, backward when negative. */
  advance(ms: number): void;
  /** Sets the time, in milliseconds since the Unix epoch. */
  set(now: number): void;
}

/** A hand-moved clock that stands at `start` (milliseconds since the epoch), by default 2026-01-01T00:00:00Z. */
export function handMovedClock(start = Date.UTC(2026, 0, 1)): HandMovedClock {
  let now = start;
  return {
    now: () => now,
    advance: (ms) => {
      now += ms;
    },
    set: (to) => {
      now = to;
    },
  };
}
