import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listenForInterrupt } from './interrupt.ts';

test('the first signal asks, its echoes are one with it, and another one forces', async () => {
  let [forced, now] = [0, 0];
  const interrupt = listenForInterrupt(
    () => (forced += 1),
    () => now,
  );
  try {
    assert.equal(interrupt.isAsked, false);
    process.emit('SIGINT', 'SIGINT');
    assert.equal(await interrupt.asked, 'SIGINT');
    assert.equal(interrupt.isAsked, true);
    now = 100;
    process.emit('SIGTERM', 'SIGTERM');
    assert.equal(forced, 0, 'npm and the terminal both hand on one Ctrl-C');
    now = 1_000;
    process.emit('SIGINT', 'SIGINT');
    assert.equal(forced, 1);
  } finally {
    interrupt.close();
  }
});
