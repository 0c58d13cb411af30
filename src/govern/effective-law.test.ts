import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { agent, http, on, tool } from '../sdk/index.ts';
import { canonical, digest, eur, type DecisionTemplate } from '../vocabulary/index.ts';
import { effectiveLawNow, linesOf, type EffectiveLawAsked } from './effective-law.ts';
import { parseLaw, type Law } from './law.ts';
import { readPolicySet } from './policy-set.ts';

const SHIPPED = readPolicySet();
const lawWith = (more: string): Law =>
  parseLaw(`${SHIPPED.policies}\n${more}`, SHIPPED.schema, 'candidate', SHIPPED.rules);
const shipped = lawWith('');

const Payment = z.object({ to: z.string(), minor: z.int() });
const pay = tool('erp.pay', {
  description: 'pays',
  input: Payment,
  output: z.object({}),
  effect: 'E3',
  risk: 'high',
  amount: ({ minor }) => eur(minor / 100),
  resource: ({ to }) => to,
  call: http('erp', 'POST /payments'),
});
const mail = tool('mail.send', {
  description: 'mails',
  input: z.object({ text: z.string() }),
  output: z.object({}),
  effect: 'E2',
  sends: 'restricted',
  external: true,
  lookup: http('mail', 'GET /mails/{reference}'),
  call: http('mail', 'POST /mails'),
});
const template: DecisionTemplate<unknown, unknown> = {
  name: 'none',
  description: '',
  jdm: '{}',
  input: z.unknown(),
  output: z.unknown(),
  tests: [],
  version: digest('none'),
};
const clerk = agent('clerk.a', {
  purpose: 'pays',
  owner: 'tests',
  tenant: 'north',
  expires: '2099-12-31',
  perceive: on('case.opened', Payment),
  reason: template,
  given: () => null,
  propose: () => [],
  act: [{ ...pay.upTo(eur(500)), resources: ['account '] }, mail.granted],
  autonomy: { default: 'L4', 'erp.pay': 'L3' },
});

const asked = (law: Law, changed: Partial<EffectiveLawAsked> = {}): EffectiveLawAsked => ({
  agent: clerk,
  law,
  toolOf: ({ tool: one }) => ({ tool: one, tenant: clerk.tenant }),
  levelOf: ({ name }) => (name === 'erp.pay' ? 'L3' : 'L4'),
  environment: 'development',
  today: '2026-06-10',
  ...changed,
});
const lines = (law: Law, changed?: Partial<EffectiveLawAsked>) => linesOf(effectiveLawNow(asked(law, changed)));
/** What one has that the other has not. */
const news = (before: readonly string[], after: readonly string[]) => after.filter((line) => !before.includes(line));

test('it says for each tool what happens when, by which policies, and whom they ask', () => {
  const law = effectiveLawNow(asked(shipped));
  assert.deepEqual(
    law.capabilities.map(({ tool: name, ordinarily }) => [name, ordinarily.verdict]),
    [
      ['erp.pay', 'needs-approval'],
      ['mail.send', 'permitted'],
    ],
  );
  assert.match(law.policies['risky-act-approved']?.asks ?? '', /^1 of duty-manager, within /);
  const all = linesOf(law);
  assert.ok(
    all.some((line) => /^erp.pay: amount above 500.00 EUR.*: needs-approval by amount-over-limit and/.test(line)),
  );
  assert.ok(all.includes('erp.pay: amount above 1000000.00 EUR: refused by amount-over-ceiling'));
  assert.ok(all.includes('erp.pay: resource one that is not granted: refused by resource-not-granted'));
  assert.ok(all.includes('mail.send: closest data seen before confidential: needs-approval by private-then-outside'));
});

test('what only two things together bring about is found, and what follows from each by itself is not said twice', () => {
  const all = lines(shipped);
  assert.ok(
    all.includes('mail.send: integrity untrusted, confidentiality confidential: refused by untrusted-and-private'),
  );
  assert.ok(!all.some((line) => line.startsWith('mail.send: budget') && line.includes('depth')));
});

test('two sets of policies differ in exactly the lines that a policy is about', () => {
  const quiet = lawWith(
    '@id("no-mail-at-night") @why("quiet") @approver("duty-manager") forbid (principal, action, resource is Reeve::Tool) ' +
      'when { resource.external && context.hour < 6 } unless { context.approvals.contains("no-mail-at-night") };',
  );
  assert.deepEqual(news(lines(shipped), lines(quiet)), [
    'mail.send: when at night: needs-approval by no-mail-at-night',
    'no-mail-at-night: forbid, asks 1 of duty-manager, within 1 d',
  ]);
  assert.deepEqual(news(lines(quiet), lines(shipped)), []);
});

test('it is judged and not read: a policy that says much and never meets is not there', () => {
  const idle = lawWith(
    '@id("idle") @why("never") forbid (principal, action, resource is Reeve::Tool) ' +
      'when { resource.external && context.hour == 3 && context.hour == 4 };',
  );
  assert.deepEqual(lines(idle), lines(shipped));
});

test('the environment, the level, the mandate and a tool that is gone make a difference', () => {
  assert.ok(
    news(lines(shipped), lines(shipped, { environment: 'production' })).some((line) =>
      line.includes('irreversible-in-working-hours'),
    ),
  );
  assert.ok(lines(shipped, { levelOf: () => 'L0' }).includes('erp.pay: ordinarily refused by observe-only'));
  assert.ok(lines(shipped, { today: '2100-01-01' }).includes('mail.send: ordinarily refused by mandate-over'));
  assert.ok(lines(shipped, { toolOf: () => null }).includes('mail.send: ordinarily refused by no-permit'));
});

test('it is the same text for the same law, however often it is asked', () => {
  assert.equal(canonical(effectiveLawNow(asked(shipped))), canonical(effectiveLawNow(asked(lawWith('')))));
});
