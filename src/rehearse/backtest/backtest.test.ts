import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestText, type Verdict } from '../../vocabulary/index.ts';
import { openBacktest } from './backtest.ts';
import type { Decision } from './decision.ts';

const permitted: Verdict = { kind: 'permitted', policies: ['granted'] };
const asks = (...roles: string[]): Verdict => ({
  kind: 'needs-approval',
  policies: roles.map((role) => `asks-${role}`),
  roles,
  expiresInSeconds: 60,
});
const refused: Verdict = { kind: 'refused', code: 'forbidden', policies: ['no'], why: '' };

const text = '{"a case":1}';
const about = digestText(text);
const cases = new Map<string, string>([[about, text]]);
let seq = 0;
function decided(verdict: Verdict, more: Partial<Decision> = {}): Decision {
  seq += 1;
  const who = { tenant: 'north', run: null, agent: 'clerk', tool: 'erp.post' };
  return { seq, ...who, amountMinor: 0, verdict, law: 'base', case: about, ...more };
}

/** Backtests these decisions under a draft that answers all of them alike. */
function against(would: Verdict, ...decisions: Decision[]) {
  const backtest = openBacktest('base', { digest: 'draft', open: () => ({ judge: () => would }) });
  for (const decision of decisions) backtest.add(decision, cases);
  return backtest.result();
}

test('a verdict is weaker when more would be allowed, or fewer people asked', () => {
  const weaker = (was: Verdict, would: Verdict) => against(would, decided(was)).flips.map((flip) => flip.weaker);
  assert.deepEqual(weaker(refused, permitted), [true]);
  assert.deepEqual(weaker(refused, asks('a')), [true]);
  assert.deepEqual(weaker(asks('a'), permitted), [true]);
  assert.deepEqual(weaker(asks('a', 'b'), asks('a')), [true]);
  assert.deepEqual(weaker(asks('a'), asks('b')), [true], 'others are asked instead');
  assert.deepEqual(weaker(asks('a'), asks('b', 'a')), [false]);
  assert.deepEqual(weaker(permitted, asks('a')), [false]);
  assert.deepEqual(weaker(asks('a'), refused), [false]);
  assert.deepEqual(weaker(asks('b', 'a'), asks('a', 'b', 'a')), [], 'the same people');
});

test('the same verdict by other policies is no flip, and is counted apart', () => {
  const other: Verdict = { ...refused, policies: ['never'] };
  const { unchanged, otherReasons, flipped } = against(refused, decided(refused), decided(other));
  assert.deepEqual([unchanged, otherReasons, flipped], [1, 1, 0]);
});

test('what cannot be judged again is named, and never counted as unchanged', () => {
  const { case: _, ...old } = decided(permitted);
  const result = against(
    permitted,
    old,
    decided(permitted, { case: digestText('another') }),
    decided(permitted, { case: null }),
    decided(permitted),
  );
  assert.deepEqual([result.unchanged, result.withoutPolicy, result.flipped], [1, 1, 0]);
  assert.deepEqual(
    result.unreplayable.map(({ why, decisions }) => [why, decisions]),
    [
      ['recorded before cases were kept', 1],
      ['its case is not on record', 1],
    ],
  );
});

test('a case that was changed beside the record is found out', () => {
  const backtest = openBacktest('base', { digest: 'draft', open: () => ({ judge: () => permitted }) });
  backtest.add(decided(permitted), new Map([[about, '{"a case":2}']]));
  assert.equal(backtest.result().unreplayable[0]?.why, 'its case is not what its entry says');
});

test('flips that are alike are one row, and people are counted by role', () => {
  const result = against(asks('a'), decided(permitted), decided(permitted), decided(permitted, { agent: 'other' }));
  assert.deepEqual(
    result.groups.map(({ agent, from, to, decisions }) => [agent, from, to, decisions]),
    [
      ['clerk', 'permitted', 'needs-approval', 2],
      ['other', 'permitted', 'needs-approval', 1],
    ],
  );
  assert.deepEqual(result.approvals, [{ role: 'a', was: 0, would: 3 }]);
});

test('a result says what it is of: both laws, and a digest of all that was judged again', () => {
  const one = decided(permitted);
  const digestOf = (...decisions: Decision[]) => against(permitted, ...decisions).record.digest;
  assert.equal(digestOf(one), digestOf(one));
  assert.notEqual(digestOf(one), digestOf(one, one));
  assert.notEqual(digestOf(one), digestOf({ ...one, amountMinor: 1 }));
  const { base, draft, judgedUnder } = against(permitted, one, { ...one, law: 'older' });
  assert.deepEqual([base, draft, judgedUnder], ['base', 'draft', { base: 1, older: 1 }]);
});
