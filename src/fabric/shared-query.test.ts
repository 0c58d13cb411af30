import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shareQuery } from './shared-query.ts';

test('what is asked in one turn shares a round trip, and everyone gets their own answer', async () => {
  const trips: (readonly number[])[] = [];
  const ask = shareQuery(async (keys: readonly number[]) => {
    trips.push(keys);
    return keys.map((key) => key * 2);
  });
  assert.deepEqual(await Promise.all([ask(1), ask(2), ask(3)]), [2, 4, 6]);
  assert.deepEqual(trips, [[1, 2, 3]]);
  assert.equal(await ask(4), 8);
  assert.equal(trips.length, 2);
});

test('what is asked while a trip is under way goes with the next', async () => {
  const trips: number[] = [];
  const began = Promise.withResolvers<void>();
  const mayEnd = Promise.withResolvers<void>();
  const ask = shareQuery(async (keys: readonly number[]) => {
    trips.push(keys.length);
    began.resolve();
    await mayEnd.promise;
    return keys;
  });
  const first = ask(1);
  await began.promise;
  const others = [ask(2), ask(3)];
  mayEnd.resolve();
  await Promise.all([first, ...others]);
  assert.deepEqual(trips, [1, 2]);
});

test('a trip that fails fails those who rode in it, and no others', async () => {
  let away = true;
  const ask = shareQuery(async (keys: readonly number[]) => {
    if (away) throw new Error('away');
    return keys;
  });
  await assert.rejects(ask(1), /away/);
  away = false;
  assert.equal(await ask(2), 2);
});
