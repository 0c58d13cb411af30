/**
 * The records that ship, as events: samples of the laboratory, steps of work orders, plates of the mill.
 *
 * Owns: how `../data` is read. Called by the fleet only. Nothing is read before the first event is asked for.
 */
import type { RawEvent } from '../../../src/sdk/index.ts';
import { chartEvents } from './charts.ts';
import { orderEvents } from './orders.ts';
import { plateEvents } from './plates.ts';

/** What a demonstration gets by; about two thousand events. */
const FIRST_ORDERS = 60;
const FIRST_PLATES = 400;

/** In time order; some 7,000 events in all, so they are sorted in memory. What happens at one time stays in the order of its source. */
export function* work({ all }: { readonly all: boolean }): Generator<RawEvent> {
  const events = [
    ...chartEvents(),
    ...orderEvents(all ? Infinity : FIRST_ORDERS),
    ...plateEvents(all ? Infinity : FIRST_PLATES),
  ];
  yield* events.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
}
