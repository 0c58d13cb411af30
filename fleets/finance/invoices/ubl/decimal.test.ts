import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { compare, decimal, equal, minorUnits, minus, percent, plus, round, times, type Decimal } from './decimal.ts';

const of = (text: string): Decimal => {
  const value = decimal(text);
  assert.ok(value, text);
  return value;
};

test('sums are exact where floats are not', () => {
  assert.ok(equal(plus(of('0.1'), of('0.2')), of('0.30')));
  assert.ok(equal(minus(of('9007199254740993.01'), of('0.01')), of('9007199254740993')));
});

test('halves are rounded towards positive infinity, as XPath rounds', () => {
  for (const [written, rounded] of [
    ['0.125', '0.13'],
    ['-0.125', '-0.12'],
    ['-0.126', '-0.13'],
    ['1.005', '1.01'],
    ['2.344999', '2.34'],
    ['-7', '-7'],
  ] as const) {
    assert.ok(equal(round(of(written), 2), of(rounded)), written);
  }
});

test('only decimals are numbers', () => {
  for (const text of ['', '.', '-', '1e3', '1,5', 'NaN', 'Infinity', '0x1', '1 2', '1'.repeat(65)])
    assert.equal(decimal(text), null, text);
  for (const text of ['1.', '.5', '+3', ' 4 ', '-0']) assert.notEqual(decimal(text), null, text);
});

test('minor units are whole or nothing', () => {
  assert.equal(minorUnits(of('250.33'), 2), 25_033);
  assert.equal(minorUnits(of('-10000'), 2), -1_000_000);
  assert.equal(minorUnits(of('1.50'), 0), null);
  assert.equal(minorUnits(of('99999999999999999999'), 2), null);
});

test('arithmetic agrees with that of whole cents', () => {
  const cents = fc.bigInt({ min: -(10n ** 14n), max: 10n ** 14n });
  const written = (value: bigint): Decimal => ({ digits: value, scale: 2 });
  fc.assert(
    fc.property(cents, cents, (a, b) => {
      assert.ok(equal(plus(written(a), written(b)), written(a + b)));
      assert.ok(equal(minus(written(a), written(b)), written(a - b)));
      assert.equal(compare(written(a), written(b)), a < b ? -1 : a > b ? 1 : 0);
      const product = round(times(written(a), percent(written(b))), 2);
      const difference = minus(product, { digits: a * b, scale: 6 });
      assert.ok(
        compare(difference, { digits: 5n, scale: 3 }) <= 0 && compare(difference, { digits: -5n, scale: 3 }) > 0,
      );
    }),
  );
});
