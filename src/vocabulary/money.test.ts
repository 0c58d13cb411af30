import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { eur, money, showMoney } from './money.ts';

test('an amount is a whole number of minor units', () => {
  assert.deepEqual(money(1_250, 'EUR'), { minor: 1_250, currency: 'EUR' });
  for (const minor of [0.5, NaN, Infinity, -Infinity, 2 ** 53, Number.MIN_VALUE]) {
    assert.throws(() => money(minor, 'EUR'), { code: 'bad-request' }, String(minor));
  }
});

test('a currency is three capital letters', () => {
  for (const currency of ['', 'eur', 'EU', 'EURO', '€', 'EUR ', 'ЕUR', 'EUR\n']) {
    assert.throws(() => money(1, currency), { code: 'bad-request' }, JSON.stringify(currency));
  }
});

test('euros with two decimals come out to the cent', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }), (cents) => {
      assert.equal(eur(Number((cents / 100).toFixed(2))).minor, cents);
    }),
  );
});

test('what is shown is the amount, sign and all', () => {
  assert.equal(showMoney(money(123_450, 'EUR')), '1234.50 EUR');
  assert.equal(showMoney(money(-5, 'USD')), '-0.05 USD');
  assert.equal(showMoney(money(0, 'EUR')), '0.00 EUR');
  fc.assert(
    fc.property(fc.maxSafeInteger(), (minor) => {
      const [, sign, units, cents] = /^(-?)(\d+)\.(\d\d) EUR$/.exec(showMoney(money(minor, 'EUR'))) ?? [];
      const shown = BigInt(units ?? 'none') * 100n + BigInt(cents ?? 'none');
      assert.equal(sign === '-' ? -shown : shown, BigInt(minor));
    }),
  );
});
