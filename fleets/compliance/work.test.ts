import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { work } from './work.ts';

interface Count {
  readonly events: number;
  readonly largest: number;
  readonly ids: number;
  readonly digest: string;
}

async function count(all: boolean): Promise<Count> {
  const hash = createHash('sha256');
  const ids = new Set<string>();
  let [events, largest, time] = [0, 0, ''];
  for await (const event of work({ all })) {
    assert.ok(event.time >= time, `\`${event.id}\` of ${event.time} comes after ${time}`);
    const bytes = JSON.stringify(event);
    hash.update(bytes);
    ids.add(`${event.source}|${event.id}`);
    ({ time } = event);
    events += 1;
    largest = Math.max(largest, Buffer.byteLength(bytes));
  }
  return { events, largest, ids: ids.size, digest: hash.digest('hex') };
}

test('all that was published comes in time order, each once, the same every time, and no event reaches 64 kB', async () => {
  const all = await count(true);
  assert.equal(all.events, 4_092);
  assert.equal(all.ids, all.events);
  assert.ok(all.largest < 64 * 1024, `the largest is ${all.largest} bytes`);
  assert.deepEqual(await count(true), all);
});

test('the first part holds all the controls and the early regulations', async () => {
  const { events } = await count(false);
  assert.equal(events, 2_721);
});

test('the source can be left before its end', async () => {
  for await (const event of work({ all: true })) {
    assert.equal(event.type, 'regulation.section-published');
    break;
  }
});
