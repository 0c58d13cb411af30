import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBulkhead } from './bulkhead.ts';

test('no more are under way than there are places, the others follow in order, and too many are turned away', async () => {
  const bulkhead = createBulkhead(2);
  let underWay = 0;
  let most = 0;
  const order: number[] = [];
  const call = async (n: number): Promise<boolean> => {
    if (!(await bulkhead.enter('new'))) return false;
    most = Math.max(most, ++underWay);
    order.push(n);
    await new Promise((resolve) => setImmediate(resolve));
    underWay--;
    bulkhead.leave();
    return true;
  };
  const got = await Promise.all(Array.from({ length: 40 }, (_, n) => call(n)));
  assert.equal(most, 2);
  assert.equal(got.filter(Boolean).length, 2 + 32);
  assert.deepEqual(
    order,
    [...order].sort((a, b) => a - b),
  );
  assert.deepEqual(bulkhead.stats(), { underWay: 0, waiting: 0 });
});

test('a call that settles an earlier one goes before those that are new, and is not turned away', async () => {
  const bulkhead = createBulkhead(1);
  assert.equal(bulkhead.enter('new'), true);
  const order: string[] = [];
  const waiting: Promise<unknown>[] = [];
  const wait = async (purpose: 'new' | 'settle'): Promise<void> => {
    if (!(await bulkhead.enter(purpose))) return;
    order.push(purpose);
    bulkhead.leave();
  };
  for (let i = 0; i < 20; i++) waiting.push(wait('new'));
  waiting.push(wait('settle'), wait('settle'));
  bulkhead.leave();
  await Promise.all(waiting);
  assert.deepEqual(order, ['settle', 'settle', ...Array(16).fill('new')]);
});
