import assert from 'node:assert/strict';
import test from 'node:test';
import { limitsOf, pointOf } from './limits.ts';

test('one sample gives no limits', () => {
  assert.equal(limitsOf('c', [{ values: [4], size: 1 }]), null);
});

test('a subgroup size without a constant gives no limits', () => {
  const values = [1, 2, 3, 4, 5, 6, 7, 8, 9];
  assert.equal(
    limitsOf('xbar', [
      { values, size: 9 },
      { values, size: 9 },
    ]),
    null,
  );
});

test('a proportion has no lower limit below zero', () => {
  const limits = limitsOf('p', [
    { values: [1], size: 50 },
    { values: [1], size: 50 },
  ]);
  assert.equal(limits?.lower, 0);
  assert.equal(limits?.center, 0.02);
});

test('a count of 16 on average has limits at 4 and 28', () => {
  const limits = limitsOf('c', [
    { values: [12], size: 100 },
    { values: [20], size: 100 },
  ]);
  assert.deepEqual(limits, { center: 16, deviation: 4, lower: 4, upper: 28, samples: 2 });
});

test('a mean is plotted for a subgroup and a share for defectives', () => {
  assert.equal(pointOf('xbar', { values: [1, 2, 3], size: 3 }), 2);
  assert.equal(pointOf('p', { values: [5], size: 50 }), 0.1);
});

test('a process that does not vary gives no limits', () => {
  assert.equal(
    limitsOf('individuals', [
      { values: [7], size: 1 },
      { values: [7], size: 1 },
    ]),
    null,
  );
});
