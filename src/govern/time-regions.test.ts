import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadLaw, parseLaw } from './law.ts';

const { schemaText, times } = loadLaw(undefined, 'active');
const noon = { today: '2026-06-10', mandateEnds: '2027-12-31', weekday: 3, hour: 12 };
const timesOf = (condition: string) =>
  parseLaw(`@id("p") permit (principal, action, resource) when { ${condition} };`, schemaText, 'candidate').times;

test('to the shipped policies most times are alike, and those that they tell apart are not', () => {
  assert.equal(times.keyOf({ ...noon, today: '2026-06-11', weekday: 4, hour: 9 }), times.keyOf(noon));
  for (const other of [{ hour: 6 }, { hour: 19 }, { weekday: 6 }, { today: '2028-01-01' }]) {
    assert.notEqual(times.keyOf({ ...noon, ...other }), times.keyOf(noon), JSON.stringify(other));
  }
});

test('a day, hour or weekday that a policy names or reckons with is told apart', () => {
  const apart = (condition: string, other: Partial<typeof noon>) => {
    const found = timesOf(condition);
    return found.keyOf({ ...noon, ...other }) !== found.keyOf(noon);
  };
  assert.equal(apart('context.today > datetime("2026-06-10")', { today: '2026-06-11' }), true);
  assert.equal(apart('context.mandateEnds > datetime("2026-06-10")', { mandateEnds: '2027-12-30' }), true);
  assert.equal(apart('context.today.offset(duration("7d")) > context.mandateEnds', { today: '2026-06-11' }), true);
  assert.equal(apart('context.hour * 2 > 23', { hour: 13 }), true);
  assert.equal(apart('context.hour == context.weekday', { hour: 13 }), true);
  assert.equal(apart('[1, 2].contains(context.weekday)', { weekday: 4 }), true);
  assert.equal(apart('context.hour > 20', { hour: 13 }), false);
});
