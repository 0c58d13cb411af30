import assert from 'node:assert/strict';
import { test } from 'node:test';
import { interleave } from './interleave.ts';

async function* later(...items: readonly string[]) {
  yield* items;
}

test('one of the others comes after every so many, and each keeps its order', async () => {
  assert.equal(await joined(interleave('abcde', later('1', '2', '3', '4'), 2)), 'ab1cd2e34');
  assert.equal(await joined(interleave(later('a', 'b', 'c'), '1', 1)), 'a1bc');
});

async function joined(work: AsyncIterable<string>) {
  let all = '';
  for await (const one of work) all += one;
  return all;
}

test('whoever stops early closes both', async () => {
  const closed: string[] = [];
  async function* endless(name: string) {
    try {
      for (;;) yield name;
    } finally {
      closed.push(name);
    }
  }
  for await (const one of interleave(endless('claim'), endless('invoice'), 1)) {
    if (one === 'invoice') break;
  }
  assert.deepEqual(closed.sort(), ['claim', 'invoice']);
});
