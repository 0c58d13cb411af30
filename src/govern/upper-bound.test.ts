import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fewestFor, upperBound } from './upper-bound.ts';

test('at most 1 % at 95 %: 299 clean, 473 with one error, 628 with two, and not one act fewer', () => {
  for (const [errors, n] of [
    [0, 299],
    [1, 473],
    [2, 628],
  ] as const) {
    assert.ok(upperBound(errors, n, 0.95) <= 0.01, `${errors} in ${n}`);
    assert.ok(upperBound(errors, n - 1, 0.95) > 0.01, `${errors} in ${n - 1}`);
    assert.equal(fewestFor(0.01, 0.95, errors), n);
  }
  assert.equal(fewestFor(0.005, 0.95), 598);
  assert.equal(fewestFor(0.1, 0.95), 29);
  assert.equal(fewestFor(0.05, 0.95), 59);
});

test('without a single act, or with nothing but errors, every rate is possible', () => {
  assert.equal(upperBound(0, 0, 0.95), 1);
  assert.equal(upperBound(7, 7, 0.95), 1);
});

test('at the bound, so few errors would be as rare as stated: an independent sum of the binomial', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 300 }),
      fc.integer({ min: 0, max: 8 }),
      fc.constantFrom(0.9, 0.95, 0.99),
      (n, some, confidence) => {
        const errors = Math.min(some, n - 1);
        const p = upperBound(errors, n, confidence);
        let sum = 0;
        let term = (1 - p) ** n;
        for (let k = 0; k <= errors; k++) {
          sum += term;
          term *= ((n - k) / (k + 1)) * (p / (1 - p));
        }
        assert.ok(Math.abs(sum - (1 - confidence)) < 1e-9, `${errors} in ${n}: ${sum}`);
      },
    ),
  );
});

test('more errors are never better, and more clean acts never worse', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2_000 }), fc.integer({ min: 0, max: 20 }), (n, some) => {
      const errors = Math.min(some, n);
      const bound = upperBound(errors, n, 0.95);
      assert.ok(upperBound(errors, n + 1, 0.95) <= bound);
      assert.ok(upperBound(Math.min(errors + 1, n), n, 0.95) >= bound);
    }),
  );
});

test('figures that cannot be are a bug, not a bound', () => {
  for (const [errors, n, confidence] of [
    [-1, 5, 0.95],
    [6, 5, 0.95],
    [1.5, 5, 0.95],
    [1, 5, 1],
    [1, Number.NaN, 0.95],
  ] as const) {
    assert.throws(() => upperBound(errors, n, confidence), RangeError);
  }
});
