import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Misuse } from '../../vocabulary/index.ts';
import { parseLaw } from '../law.ts';
import { digestOfRules, NO_RULES, parseRules, ruleOf } from './rules.ts';

const SHIPPED = readFileSync(new URL('../policies/rules.json', import.meta.url), 'utf8');
const PAGE = readFileSync(new URL('../../../docs/approvals.md', import.meta.url), 'utf8');

const RULE = { stages: [{ of: ['controller'], need: 1 }], expires: 'P7D' };
const CALENDAR = { timezone: 'Europe/Madrid', days: [1, 2], from: '08:00', to: '18:00', holidays: [] };

/** What is said of a file with this rule and these calendars. */
function fault(rule: object, calendars: object = {}, more: object = {}): string {
  try {
    parseRules(JSON.stringify({ rules: { r: { ...RULE, ...rule } }, calendars, ...more }));
  } catch (error) {
    assert.ok(error instanceof Misuse);
    assert.equal(error.code, 'bad-policy');
    return error.message;
  }
  return 'accepted';
}

test('the rules that ship are read, and the page shows one of them', () => {
  const rules = parseRules(SHIPPED);
  const [, example = ''] = /```json\n([\s\S]*?)```/.exec(PAGE) ?? [];
  assert.deepEqual(JSON.parse(example), rules.rules['controller-then-director']);
  assert.match(digestOfRules(rules), /^sha256:[0-9a-f]{64}$/);
  assert.notEqual(digestOfRules(rules), digestOfRules(NO_RULES));
});

test('what is left out is as the page says', () => {
  const { r } = parseRules(JSON.stringify({ rules: { r: RULE } })).rules;
  assert.deepEqual(r, {
    ...RULE,
    separate: ['requester', 'author'],
    escalate: [],
    delegable: true,
    batch: false,
    dwellSeconds: 0,
    distinct: false,
  });
  assert.deepEqual(NO_RULES.breakGlass, { mostMinutes: 60, reviewWithinHours: 24 });
});

test('there is no way to say that silence approves, nor any other setting that is not there', () => {
  for (const setting of ['silence', 'onTimeout', 'default', 'autoApprove']) {
    assert.match(fault({ [setting]: 'approve' }), new RegExp(setting), setting);
  }
  assert.match(fault({}, {}, { silence: 'approved' }), /silence/);
});

test('every fault is named, not only the first', () => {
  const all = fault(
    {
      expires: 'P1D',
      escalate: [
        { after: 'PT8H', calendar: 'nowhere', to: 'lead' },
        { after: 'P2D', to: 'chief' },
      ],
    },
    { office: { ...CALENDAR, from: '18:00', to: '08:00' } },
  );
  assert.match(all, /no calendar `nowhere`/);
  assert.match(all, /`P2D` is not before the end, `P1D`/);
  assert.match(all, /`from` is not before `to`/);
});

test('a rule that could never be satisfied, or means nothing, is refused', () => {
  assert.match(fault({ stages: [] }), /stages/);
  assert.match(fault({ stages: [{ of: [], need: 1 }] }), /stages\.0\.of/);
  assert.match(fault({ stages: [{ of: ['controller'], need: 0 }] }), /need/);
  assert.match(fault({ stages: [{ of: ['controller'], need: 11 }] }), /more than 10/);
  assert.match(fault({ stages: [{ of: ['a', 'a'], need: 1 }] }), /twice/);
  assert.match(fault({ separate: ['boss'] }), /separate/);
  assert.match(fault({ separate: ['owner', 'owner'] }), /twice/);
  assert.match(fault({ expires: 'P1M' }), /not a duration/);
  assert.match(fault({ expires: 'PT0S' }), /not a duration/);
  assert.match(fault({ escalate: [{ after: 'P7D', to: 'lead' }] }), /not before the end/);
  assert.match(fault({ dwellSeconds: 3_601 }), /dwellSeconds/);
  assert.equal(fault({ escalate: [{ after: 'PT167H', to: 'lead' }] }), 'accepted');
});

test('with a calendar an escalation is counted in hours', () => {
  const escalate = (after: string) =>
    fault({ escalate: [{ after, calendar: 'office', to: 'lead' }] }, { office: CALENDAR });
  assert.match(escalate('P1D'), /write hours/);
  assert.equal(escalate('PT10H'), 'accepted');
});

test('a calendar that is none is refused', () => {
  const calendar = (more: object) => fault({}, { office: { ...CALENDAR, ...more } });
  assert.match(calendar({ timezone: 'Mars/Olympus' }), /time zone/);
  assert.match(calendar({ days: [] }), /days/);
  assert.match(calendar({ days: [0] }), /days/);
  assert.match(calendar({ days: [1, 1] }), /twice/);
  assert.match(calendar({ from: '8:00' }), /time such as/);
  assert.match(calendar({ from: '12:00', to: '12:00' }), /not before/);
  assert.match(calendar({ holidays: ['2026-02-30'] }), /date/);
  assert.equal(calendar({ from: '00:00', to: '24:00' }), 'accepted');
});

test('break-glass and standing grants have bounds that a file can only tighten', () => {
  assert.match(fault({}, {}, { breakGlass: { mostMinutes: 61 } }), /mostMinutes/);
  assert.match(fault({}, {}, { breakGlass: { reviewWithinHours: 25 } }), /reviewWithinHours/);
  assert.match(fault({}, {}, { standingGrants: { mostDays: 91 } }), /mostDays/);
  assert.equal(fault({}, {}, { breakGlass: { mostMinutes: 15 } }), 'accepted');
});

test('what is not JSON is said to be none', () => {
  assert.throws(() => parseRules('{'), { code: 'bad-policy', message: /not JSON/ });
});

test('a policy is answered by the rule that it names, else by one person with its approver name', () => {
  const rules = parseRules(SHIPPED);
  const approval = { role: 'clerk', expiresInSeconds: 3_600 };
  assert.equal(ruleOf({ id: 'p', approval, rule: 'four-eyes' }, rules).stages[0]?.need, 2);
  const plain = ruleOf({ id: 'p', approval, rule: null }, rules);
  assert.equal(plain.name, 'approver:clerk');
  assert.deepEqual(plain.stages, [{ of: ['clerk'], need: 1 }]);
  assert.equal(plain.expires, 'PT3600S');
  assert.throws(() => ruleOf({ id: 'p', approval, rule: 'nobody' }, rules), {
    code: 'bad-policy',
    message: /`nobody`/,
  });
  // A name that every object has is no rule.
  assert.throws(() => ruleOf({ id: 'p', approval, rule: 'constructor' }, rules), { code: 'bad-policy' });
  assert.throws(() => ruleOf({ id: 'p', approval: null }, rules), { code: 'bad-policy', message: /asks for nobody/ });
});

test('a Cedar policy names its rule beside its approver, and the law is refused when the rule is not there', () => {
  const schema = readFileSync(new URL('../policies/reeve.cedarschema', import.meta.url), 'utf8');
  const law = (annotations: string, rulesText = SHIPPED) =>
    parseLaw(`@id("p")\n${annotations}\nforbid (principal, action, resource);`, schema, 'candidate', rulesText);
  assert.equal(law('@approver("clerk") @rule("four-eyes")').policies.get('p')?.rule, 'four-eyes');
  assert.equal(law('@approver("clerk")').policies.get('p')?.rule, null);
  assert.throws(() => law('@approver("clerk") @rule("none")'), { code: 'bad-policy', message: /`none`/ });
  assert.throws(() => law('@approver("clerk") @rule("four-eyes")', ''), { code: 'bad-policy', message: /`four-eyes`/ });
  assert.throws(() => law('@rule("four-eyes")'), { code: 'bad-policy', message: /no `@approver`/ });
  // Other rules are another law: what was asked under it is asked anew.
  const stricter = SHIPPED.replace('"need": 2', '"need": 3');
  assert.notEqual(law('@approver("clerk")').digest, law('@approver("clerk")', stricter).digest);
});
