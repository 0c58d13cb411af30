import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestText, type Verdict } from '../../vocabulary/index.ts';
import { openBacktest, type Draft } from './backtest.ts';
import type { Decision, RecordedDraw } from './decision.ts';

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
  const who = {
    tenant: 'north',
    run: `run_${seq}`,
    agent: 'clerk',
    tool: 'erp.post',
    permit: `prm_${seq}`,
    cause: null,
  };
  const at = '2026-10-01T08:00:00.000Z';
  return { seq, at, ...who, amountMinor: 0, currency: null, verdict, law: 'base', case: about, ...more };
}

/** A draft that answers everything alike, unless a budget has no room. */
function answering(would: Verdict): Draft {
  const judge = (_: number, exhausted: readonly string[] = []) => (exhausted.length > 0 ? refused : would);
  return { digest: 'draft', open: () => ({ exhausted: [], approvals: [], judge }) };
}

/** Backtests these decisions under a draft that answers all of them alike. */
function against(would: Verdict, ...decisions: Decision[]) {
  const backtest = openBacktest('base', answering(would));
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
  const backtest = openBacktest('base', answering(permitted));
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
  assert.deepEqual(result.approvals, [{ role: 'a', was: 0, would: 3, wasPerDay: 0, wouldPerDay: 3 }]);
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

test('what follows in a run that would have ended, and what its acts published, would not have come about', () => {
  const act = (run: string, more: Partial<Decision> = {}) =>
    decided(permitted, { run, amountMinor: 5, currency: 'EUR', ...more });
  const first = act('run_a');
  const result = against(
    refused,
    first,
    act('run_a'),
    act('run_b', { cause: first.permit }),
    act('run_c', { cause: 'prm_b' }),
  );
  assert.equal(result.flipped, 2, 'the first of the two runs that began by themselves');
  assert.deepEqual(
    result.moot.map(({ why, decisions }) => [why, decisions]),
    [
      ['its run would have ended before', 1],
      ['the act that it came of would not have been done', 1],
    ],
  );
  assert.deepEqual(result.spend, [{ currency: 'EUR', newlyAllowed: 0, newlyAsked: 0, newlyRefused: 10, moot: 10 }]);
});

test('what would have been done without asking is not asked about a second time', () => {
  const asked = decided(asks('a'));
  const { permit, run } = asked;
  const result = against(permitted, asked, decided(permitted, { permit, run }));
  assert.deepEqual([result.flipped, result.moot[0]?.decisions, result.goneOn], [1, 1, 0]);
  const declined: Verdict = { kind: 'refused', code: 'declined', policies: ['asks-a'], why: '' };
  const gone = against(permitted, decided(asks('a')), decided(refused), decided(declined));
  assert.deepEqual(
    [gone.flipped, gone.withoutPolicy, gone.goneOn],
    [2, 1, 2],
    'what they would have done next is nowhere',
  );
});

/** One account of 100, drawn on in this window. */
function drawing(period: string, amount = 60): readonly RecordedDraw[] {
  return [{ account: `north/day|money:EUR|${period}|tenant:north`, amount, cap: 100, atLimit: 'refuse' }];
}

test('an act that the draft allows takes room from those after it, until it is settled', () => {
  const full = (period: string, from: number | null) => {
    const backtest = openBacktest('base', answering(permitted), from);
    const before = decided(refused, { draws: drawing(period) });
    const [first, second] = [
      decided(permitted, { draws: drawing(period) }),
      decided(permitted, { draws: drawing(period) }),
    ];
    backtest.add(before, cases);
    backtest.add(first, cases);
    // It failed, so that the next had room, on record; under the draft the one before it has taken that.
    const [{ account } = { account: '' }] = drawing(period);
    backtest.settle({ seq: 0, permit: first.permit, charged: { [account]: 0 } });
    backtest.add(second, cases);
    return backtest.result();
  };
  const { flips, unreplayable } = full('2026-10-01', null);
  assert.deepEqual(
    flips.map(({ from, to }) => [from, to]),
    [
      ['refused', 'permitted'],
      ['permitted', 'refused'],
      ['permitted', 'refused'],
    ],
  );
  assert.equal(unreplayable.length, 0);
  const early = Date.parse('2026-10-01T00:00:00Z');
  assert.equal(full('2026-10-01', early).unreplayable.length, 0, 'read from where the window began');
  for (const period of ['2026-W40', '2026-10-01', 'ever']) {
    const why = full(period, early + 1).unreplayable.map((one) => one.why);
    assert.deepEqual(why, ['the window of its budget began before what was read: read from further back'], period);
  }
});

test('a budget that does not come to what it was is not taken to come to what it would be', () => {
  const backtest = openBacktest('base', answering(permitted));
  backtest.add(decided(refused, { draws: drawing('ever', 30) }), cases);
  // More is drawn than the cap has room for, and the record says that there was room.
  for (let n = 0; n < 3; n++) backtest.add(decided(permitted, { draws: drawing('ever', 60) }), cases);
  const [lost] = backtest.result().unreplayable;
  assert.equal(lost?.why, 'what its budget had left then does not follow from what was read');
});
