import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkInvariants, readInvariants } from './invariants.ts';
import { parseInvariants } from './invariants-form.ts';
import { loadLaw, parseLaw } from './law.ts';
import { readPolicySet } from './policy-set.ts';

const { policies, schema, rules } = readPolicySet();
const TRIES = 6_000;

test('the invariants that ship hold of the policies that ship, and each speaks of some requests', () => {
  const { invariants, violations, tried } = checkInvariants(loadLaw(undefined, 'candidate'), { tries: TRIES, seed: 3 });
  assert.deepEqual(violations, []);
  assert.equal(tried, TRIES);
  assert.equal(invariants.length, 12);
  for (const { id, applied } of invariants) assert.ok(applied > TRIES / 24, `${id}: ${applied}`);
});

/** What would make each of them untrue. */
const WEAKENED: readonly (readonly [invariant: string, (text: string) => string])[] = [
  ['own-tenant-only', swap('!context.sameTenant', 'false && !context.sameTenant')],
  ['stopped-never-acts', without('stopped-version')],
  ['nothing-ungranted', without('resource-not-granted')],
  [
    'active-mandates-only',
    swap('context.today > context.mandateEnds', 'context.today > context.mandateEnds && resource.external'),
  ],
  ['two-people-over-10000', swap('context.amountMinor > 1000000 }', 'context.amountMinor > 1000001 }')],
  ['two-people-over-10000', swap('@rule("four-eyes")\n', '')],
  ['money-within-bounds', without('amount-below-zero')],
  ['untrusted-and-private-stay', swap('context.confidentiality >= 2', 'context.confidentiality > 2')],
  ['spent-budget-holds', without('budget-spent')],
  [
    'clearance-holds',
    swap(
      'context.confidentiality > resource.clearance',
      'context.confidentiality > resource.clearance && resource.external',
    ),
  ],
  [
    'observers-only-read',
    swap('context.autonomy == "L0" && resource.class != "E0"', 'context.autonomy == "L0" && resource.class == "E3"'),
  ],
  ['no-free-hand', without('every-act-approved')],
  ['read-then-send', swap('context.seenConfidentiality >= 2', 'context.seenConfidentiality > 2')],
];

for (const [id, weaken] of WEAKENED) {
  test(`a set of policies in which \`${id}\` is untrue is found out`, () => {
    const changed = weaken(policies);
    assert.notEqual(changed, policies);
    const law = parseLaw(changed, schema, 'candidate', rules);
    const { violations } = checkInvariants(law, { tries: TRIES, seed: 3 });
    assert.ok(violations.some(({ invariant }) => invariant === id));
  });
}

test('a policy that anybody may lift without being asked is found out', () => {
  const law = parseLaw(
    policies
      .replace('when { context.depth > 8 };', 'when { context.depth > 8 }\nunless { context.approvals.contains("x") };')
      .replace(
        'when { context.exhausted.contains("refuse") };',
        'when { context.exhausted.contains("refuse") }\nunless { context.approvals.contains("budget-asks") };',
      ),
    schema,
    'candidate',
    rules,
  );
  const { violations } = checkInvariants(law, { tries: TRIES, seed: 3 });
  assert.ok(violations.some(({ invariant }) => invariant === 'spent-budget-holds'));
});

test('the same seed tries the same requests', () => {
  const law = loadLaw(undefined, 'candidate');
  const counts = (seed: number) =>
    checkInvariants(law, { tries: 500, seed })
      .invariants.map(({ applied }) => applied)
      .join();
  assert.equal(counts(7), counts(7));
  assert.notEqual(counts(7), counts(8));
});

test('invariants that are malformed are refused by what is wrong with them', () => {
  const one = { id: 'a', says: 'a', when: [[{ at: 'tool.risk', is: 'low' }]], must: 'refused' };
  assert.equal(parseInvariants(JSON.stringify([one])).length, 1);
  for (const [wrong, why] of [
    [{ ...one, when: [[{ at: 'tool.shape', is: 'low' }]] }, /no place in a case/],
    [{ ...one, when: [[{ at: 'tool.risk' }]] }, /exactly one of/],
    [{ ...one, when: [[{ at: 'tool.risk', is: 'low', isNot: 'low' }]] }, /exactly one of/],
    [{ ...one, must: { people: 0 } }, /people/],
    [{ ...one, more: 1 }, /more/],
  ] as const) {
    assert.throws(() => parseInvariants(JSON.stringify([wrong])), why);
  }
  assert.throws(() => parseInvariants('['), /invariants:/);
  assert.equal(readInvariants('/no/such/folder').length, 12, 'a folder without its own is held to those that ship');
});

function swap(what: string, by: string): (text: string) => string {
  return (text) => text.replace(what, by);
}

function without(id: string): (text: string) => string {
  return (text) => {
    const from = text.indexOf(`@id("${id}")`);
    return text.slice(0, from) + text.slice(text.indexOf(';\n', from) + 2);
  };
}
