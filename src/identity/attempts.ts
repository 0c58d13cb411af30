import { RetryLater } from '../vocabulary/index.ts';

/** Holds back who guesses: so many failures in a while, and then no more until some time has passed. */
export interface Attempts {
  /**
   * Counts an attempt as failed; what is returned takes that back, as it was none.
   *
   * @throws RetryLater `too-many-attempts` when too many have failed before.
   */
  count(key: string): () => void;
}

export interface AttemptsOptions {
  /** Failures that are put up with. */
  readonly most: number;
  /** For how long a failure counts. */
  readonly withinMs: number;
  now(): number;
}

/** Keys that are remembered: more would be memory that whoever guesses can fill. */
const MOST_KEYS = 10_000;

export function createAttempts({ most, withinMs, now }: AttemptsOptions): Attempts {
  const failures = new Map<string, readonly number[]>();
  return {
    count(key) {
      const at = now();
      const recent = (failures.get(key) ?? []).filter((time) => time > at - withinMs);
      const [oldest] = recent;
      if (oldest !== undefined && recent.length >= most) {
        throw new RetryLater('too-many-attempts', 'too many attempts failed', {
          afterMs: Math.max(1_000, oldest + withinMs - at),
          fix: 'wait; who has forgotten a password asks for a sign-in link',
        });
      }
      failures.delete(key);
      failures.set(key, [...recent, at]);
      const [eldest] = failures.keys();
      if (failures.size > MOST_KEYS && eldest !== undefined) failures.delete(eldest);
      return () => {
        const counted = failures.get(key) ?? [];
        const place = counted.indexOf(at);
        if (place >= 0) failures.set(key, counted.toSpliced(place, 1));
      };
    },
  };
}
