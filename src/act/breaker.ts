import type { Clock } from '../vocabulary/index.ts';

export type BreakerState = 'closed' | 'open' | 'half-open';

export interface BreakerOptions {
  /** Opens after so many failures in a row. Failures of calls that were under way together count as one. */
  readonly failures: number;
  /** How long it stays open before one call may try again. */
  readonly cooldownMs: number;
}

/** Keeps calls away from a system that does not answer, and lets one through now and then to see whether it does again. */
export interface Breaker {
  state(): BreakerState;
  /** Asks to make a call. Null: not now. Every ticket is given back with `leave`. */
  enter(): Ticket | null;
  /** `null`: the call said nothing about the system. */
  leave(ticket: Ticket, alive: boolean | null): void;
}

/** The round in which a call began. */
export type Ticket = number;

const DEFAULTS: BreakerOptions = { failures: 5, cooldownMs: 1_000 };

/** A closed breaker for one system. */
export function createBreaker(clock: Clock, options: Partial<BreakerOptions> = {}): Breaker {
  const { failures, cooldownMs } = { ...DEFAULTS, ...options };
  /** Goes up with each failure that counts, so that the others of the same time are known. */
  let round = 0;
  let streak = 0;
  let openedAt: number | null = null;
  let probe: Ticket | null = null;

  const state = (): BreakerState => {
    if (openedAt === null) return 'closed';
    return clock.now() - openedAt >= cooldownMs ? 'half-open' : 'open';
  };
  return {
    state,
    enter: () => {
      if (openedAt === null) return round;
      if (probe !== null || state() === 'open') return null;
      probe = ++round;
      return probe;
    },
    leave: (ticket, alive) => {
      if (openedAt !== null) {
        // Late news from before it opened are old news.
        if (ticket !== probe) return;
        probe = null;
        if (alive === true) {
          openedAt = null;
          streak = 0;
        } else if (alive === false) openedAt = clock.now();
      } else if (alive === true) streak = 0;
      else if (alive === false && ticket === round) {
        round++;
        if (++streak >= failures) openedAt = clock.now();
      }
    },
  };
}
