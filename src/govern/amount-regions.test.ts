import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { applyLaw } from './apply-law.ts';
import type { Case } from './case.ts';
import { loadLaw, parseLaw } from './law.ts';
import { ORDINARY } from './ordinary-case.ts';

const law = loadLaw(undefined, 'active');

function caseWith(amountMinor: number, limitMinor: number): Case {
  const { tool, situation } = ORDINARY;
  return { ...ORDINARY, tool: { ...tool, movesMoney: true }, situation: { ...situation, amountMinor, limitMinor } };
}

test('the shipped policies tell amounts apart by region only', () => {
  assert.equal(law.amounts.coarse, true);
});

test('amounts of one region have one verdict', () => {
  const near = fc.constantFrom(-1, 0, 1, 49_999, 50_000, 50_001, 99_999_999, 100_000_000, 100_000_001);
  const amount = fc.oneof(near, fc.integer({ min: -1_000, max: 200_000_000 }));
  const limit = fc.oneof(fc.constantFrom(-1, 0, 50_000), fc.integer({ min: -1, max: 200_000_000 }));
  fc.assert(
    fc.property(amount, amount, limit, (a, b, l) => {
      const [first, second] = [caseWith(a, l), caseWith(b, l)];
      if (law.amounts.keyOf(first.situation) !== law.amounts.keyOf(second.situation)) return;
      assert.deepEqual(applyLaw(first, law), applyLaw(second, law));
    }),
    { numRuns: 2_000 },
  );
});

test('a policy that computes with the amount makes every cent count', () => {
  for (const condition of [
    'context.amountMinor * 2 > 100',
    'context.amountMinor + context.limitMinor > 100',
    'context.amountMinor > context.hour',
    '[context.amountMinor].contains(5)',
  ]) {
    const text = `@id("x") forbid (principal, action, resource) when { ${condition} };`;
    assert.equal(parseLaw(text, law.schemaText, 'candidate').amounts.coarse, false, condition);
  }
});

test('a number that a policy names is a bound', () => {
  const text = '@id("x") forbid (principal, action, resource) when { 7 <= context.amountMinor || context.hour > 3 };';
  const { amounts } = parseLaw(text, law.schemaText, 'candidate');
  assert.equal(amounts.coarse, true);
  const key = (amount: number) => amounts.keyOf(caseWith(amount, 1_000).situation);
  assert.notEqual(key(6), key(7));
  assert.notEqual(key(7), key(8));
  assert.equal(key(8), key(9));
});
