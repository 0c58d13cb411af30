import { boundsOf, sidesOf } from './bounds.ts';
import type { Case } from './case.ts';

type Times = Pick<Case['situation'], 'today' | 'mandateEnds' | 'weekday' | 'hour'>;

/**
 * What a set of policies can tell apart about the time, as `AmountRegions` has it for amounts. No two hours of a record are the
 * same, but most are to the law.
 */
export interface TimeRegions {
  /** Alike for times that these policies cannot tell apart. */
  keyOf(times: Times): string;
}

/** @param conditions the `conditions` of every policy in Cedar's JSON format. */
export function findTimeRegions(conditions: readonly unknown[]): TimeRegions {
  const hours = boundsOf(conditions, 'hour', null);
  const weekdays = boundsOf(conditions, 'weekday', null);
  // Days are only ever compared with each other: a bound is a number, and a day is none.
  const days = boundsOf(conditions, 'today', 'mandateEnds') && boundsOf(conditions, 'mandateEnds', 'today');
  return {
    keyOf({ today, mandateEnds, weekday, hour }) {
      const day =
        days === null ? `${today} ${mandateEnds}` : today < mandateEnds ? '<' : today > mandateEnds ? '>' : '=';
      return `${day} ${weekdays === null ? weekday : sidesOf(weekday, weekdays)} ${hours === null ? hour : sidesOf(hour, hours)}`;
    },
  };
}
