import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import type { RawEvent } from '../../../src/sdk/index.ts';
import { lineOf } from '../units.ts';

const SOURCE = 'plant/production-log';

/** One line of the log: `[started, ended, activity, resource]` for each step, by when it started. */
const Order = z.object({
  case: z.string(),
  events: z.array(z.tuple([z.string(), z.string(), z.string(), z.string()])).min(1),
});
type Order = z.infer<typeof Order>;

/**
 * The first `limit` orders to start, each whole: its steps as they start, then its closing. Steps that start in one minute
 * stay in the log's order.
 */
export function* orderEvents(limit: number): Generator<RawEvent> {
  const log = gunzipSync(readFileSync(new URL('../data/production_log.jsonl.gz', import.meta.url))).toString('utf8');
  const orders = log
    .trim()
    .split('\n')
    .map((line) => Order.parse(JSON.parse(line)))
    .toSorted((a, b) => compare(startOf(a), startOf(b)) || compare(a.case, b.case));
  for (const order of orders.slice(0, limit)) yield* eventsOf(order);
}

function* eventsOf({ case: order, events }: Order): Generator<RawEvent> {
  const line = lineOf(events[0]?.[2] ?? '');
  let last = '';
  for (const [i, [started, ended, activity, resource]] of events.entries()) {
    const data = { order, line, step: i + 1, activity, resource, ended: utc(ended) };
    yield { id: `${order}-${i + 1}`, source: SOURCE, type: 'step.started', subject: order, time: utc(started), data };
    if (ended > last) last = ended;
  }
  const data = { order, line, steps: events.length };
  yield { id: `${order}-closed`, source: SOURCE, type: 'order.closed', subject: order, time: utc(last), data };
}

function startOf({ events }: Order): string {
  return events[0]?.[0] ?? '';
}

function utc(local: string): string {
  return `${local.replace(' ', 'T')}.000Z`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
