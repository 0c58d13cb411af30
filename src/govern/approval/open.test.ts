import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boundDifferences, type PermitId } from '../../vocabulary/index.ts';
import { bindAgain, openApproval, requirementsOf, shownOf, stillHolds } from './open.ts';
import { ACT, ASKED_AT, asking, question } from './ordinary-question.ts';

const HOUR = 3_600_000;

test('a question says who is asked, until when, and what is bound', () => {
  const asked = question({ z: { expires: 'PT6H' }, a: { expires: 'P1D', stages: [{ of: ['x', 'y'], need: 2 }] } });
  assert.equal(asked.state, 'pending');
  assert.equal(asked.rev, 1);
  assert.equal(asked.why, 'waits for 2 of x or y, and 1 of controller');
  // The first of the rules to run out ends it.
  assert.equal(asked.bound.expiresAt, ASKED_AT + 6 * HOUR);
  assert.deepEqual(
    asked.requirements.map(({ policy, rule }) => [policy, rule]),
    [
      ['a', 'a'],
      ['z', 'z'],
    ],
  );
  assert.equal(asked.bound.rendered, shownOf(ACT, asked.requirements).digest);
  const lines = shownOf(ACT, asked.requirements).lines.map((line) => line.join(': '));
  assert.ok(lines.includes(`arguments: ${ACT.argumentsText}`));
  assert.ok(lines.includes('stopped by: z'));
});

test('escalations have absolute times, in working time where there is a calendar, and none comes after the end', () => {
  const office = { timezone: 'UTC', days: [1, 2, 3, 4, 5], from: '08:00', to: '10:00', holidays: [] };
  const rules = asking(
    {
      a: {
        expires: 'P3D',
        escalate: [
          { after: 'PT3H', calendar: 'office', to: 'second' },
          { after: 'PT2H', to: 'first' },
          { after: 'PT20H', calendar: 'office', to: 'never' },
        ],
      },
    },
    { office },
  );
  const { requirements } = requirementsOf(rules, ASKED_AT);
  assert.deepEqual(requirements[0]?.escalations, [
    { at: ASKED_AT + 2 * HOUR, to: 'first' },
    // An hour on Monday, two on Tuesday.
    { at: ASKED_AT + 25 * HOUR, to: 'second' },
  ]);
  // At the very end there is nobody left to be asked.
  const late = asking(
    { a: { expires: 'P1D', escalate: [{ after: 'PT2H', calendar: 'office', to: 'x' }] } },
    { office },
  );
  assert.deepEqual(requirementsOf(late, ASKED_AT).requirements[0]?.escalations, []);
});

test('nobody is asked where nobody asks, or by a rule that is not there', () => {
  const opening = {
    ...asking({}),
    id: question().id,
    permit: 'prm_1' as PermitId,
    round: 0,
    act: ACT,
    owner: '',
    authors: [],
    now: ASKED_AT,
    nonce: 'n',
  };
  assert.throws(() => openApproval(opening), { code: 'bad-policy', message: /no policy asks/ });
  assert.throws(() => openApproval({ ...opening, policies: ['p'] }), { code: 'bad-policy' });
  const gone = { ...opening, policies: ['p'], policyOf: () => undefined };
  assert.throws(() => openApproval(gone), { code: 'bad-policy', message: /no policy `p`/ });
});

test('the order in which policies are named changes nothing', () => {
  const rules = asking({ a: {}, b: {} });
  const asked = (policies: readonly string[]) => requirementsOf({ ...rules, policies }, ASKED_AT);
  assert.deepEqual(asked(['a', 'b']), asked(['b', 'a', 'b']));
});

test('what-you-see-is-what-executes: bound again it is the same while nothing changed, and names what did', () => {
  const asked = question({ a: { escalate: [{ after: 'PT1H', to: 'lead' }] } });
  const rules = asking({ a: { escalate: [{ after: 'PT1H', to: 'lead' }] } });
  const later = ASKED_AT + 5 * HOUR;
  assert.deepEqual(bindAgain(asked, ACT), asked.bound);
  assert.deepEqual(bindAgain(asked, ACT, rules), asked.bound);
  assert.deepEqual(stillHolds(asked, bindAgain(asked, ACT, rules), later), { ok: true });

  const other = bindAgain(asked, { ...ACT, argumentsText: '{"amount":901}' });
  const broken = stillHolds(asked, other, later);
  assert.ok(!broken.ok);
  assert.deepEqual(broken.fields, ['argumentsText', 'rendered']);
  assert.equal(broken.why, 'changed since it was asked: argumentsText, rendered');

  const eased = asking({ a: { escalate: [{ after: 'PT1H', to: 'lead' }], stages: [{ of: ['clerk'], need: 1 }] } });
  assert.deepEqual(boundDifferences(asked.bound, bindAgain(asked, ACT, eased)), ['rule']);
  const more = bindAgain(asked, ACT, asking({ a: { escalate: [{ after: 'PT1H', to: 'lead' }] }, b: {} }));
  assert.deepEqual(boundDifferences(asked.bound, more), ['rule', 'rendered']);
  // Whoever writes easier requirements into the row has changed what is bound.
  const easier = { ...asked, requirements: requirementsOf(eased, ASKED_AT).requirements };
  assert.deepEqual(boundDifferences(asked.bound, bindAgain(easier, ACT)), ['rule']);
});

test('at its end it holds no more, and no field is to blame', () => {
  const asked = question();
  assert.deepEqual(stillHolds(asked, asked.bound, asked.bound.expiresAt - 1), { ok: true });
  assert.deepEqual(stillHolds(asked, asked.bound, asked.bound.expiresAt), {
    ok: false,
    fields: [],
    why: 'its time is over',
  });
});
