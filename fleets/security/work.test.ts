import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RawEvent } from '../../src/sdk/index.ts';
import { digest } from '../../src/vocabulary/index.ts';
import { Analysed } from './events.ts';
import { deskOf, UNITS } from './units.ts';
import { work } from './work.ts';

async function listed(which: { readonly all: boolean }): Promise<readonly RawEvent[]> {
  const events: RawEvent[] = [];
  for await (const event of work(which)) events.push(event);
  return events;
}

test('the shipped records come in time order, the same every time, each CVE once', async () => {
  const [once, twice] = await Promise.all([listed({ all: true }), listed({ all: true })]);
  assert.equal(once.length, 3_699);
  assert.equal(new Set(once.map(({ subject }) => subject)).size, 3_699);
  assert.equal(new Set(once.map(({ id }) => id)).size, 3_699);
  assert.equal(digest(once), digest(twice));
  const times = once.map(({ time }) => Date.parse(time));
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  );
});

test('the first part is the beginning of all, and every desk has work in it', async () => {
  const first = await listed({ all: false });
  const all = await listed({ all: true });
  assert.equal(first.length, 1_600);
  assert.equal(digest(first), digest(all.slice(0, 1_600)));
  const desks = new Set(first.map(({ data }) => deskOf(Analysed.parse(data).assigner)));
  assert.equal(desks.size, UNITS.length);
});

test('the analysts’ words ship as they typed them, and the answer does not ship with them', async () => {
  const words = new Map<string, number>();
  for await (const { data } of work({ all: true })) {
    assert.ok(!JSON.stringify(data).includes('normalised'));
    const { Exploitation } = Analysed.parse(data).ssvc;
    words.set(Exploitation, (words.get(Exploitation) ?? 0) + 1);
  }
  assert.deepEqual(Object.fromEntries(words), { none: 1702, poc: 1682, active: 194, None: 87, Active: 20, PoC: 14 });
});

test('leaving off in the middle closes the file', async () => {
  for await (const { subject } of work({ all: true })) {
    assert.match(subject, /^CVE-/);
    break;
  }
});
