import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { z } from 'zod';
import { agent, http, on, tool } from '../sdk/index.ts';
import {
  AUTONOMY_LEVELS,
  CONFIDENTIALITIES,
  derivedId,
  digest,
  digestText,
  INTEGRITIES,
  NO_LABEL,
  type DecisionTemplate,
  type TenantId,
  NO_TRAIL,
} from '../vocabulary/index.ts';
import { judge } from './judge.ts';
import { loadLaw, parseLaw } from './law.ts';
import type { Question } from './question.ts';
import { createJudge } from './remembered-judge.ts';
import { reopenUnder } from './reopen.ts';

const Case = z.object({ n: z.int() });
const post = tool('erp.post', {
  description: 'posts',
  input: Case,
  output: z.object({}),
  effect: 'E1',
  call: http('erp', 'POST /postings'),
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
  purpose: 'posts',
  owner: 'tests',
  tenant: 'north',
  expires: '2099-12-31',
  perceive: on('case.opened', Case),
  reason: template,
  given: () => null,
  propose: () => [],
  act: [post.granted],
  autonomy: { default: 'L4' },
});

/** An ordinary question: a granted tool, an active agent. */
const ORDINARY: Question = {
  intent: {
    tenant: clerk.tenant,
    run: derivedId('run', 'x'),
    step: 0,
    agent: clerk.name,
    agentVersion: clerk.version,
    tool: post.name,
    toolDigest: post.digest,
    arguments: { n: 1 },
    argumentsText: '{"n":1}',
    argumentsDigest: digestText('{"n":1}'),
    amount: null,
    resource: 'case-1',
    why: 'told so',
    evidence: [],
    label: NO_LABEL,
    trail: NO_TRAIL,
  },
  tool: post,
  toolTenant: clerk.tenant,
  agent: {
    tenant: clerk.tenant,
    role: clerk.role,
    status: 'active',
    expires: clerk.expires,
    version: clerk.version,
    autonomy: 'L4',
  },
  capability: post.granted,
  eventTenant: clerk.tenant,
  subject: 'case-1',
  stopped: [],
  approvals: [],
  exhausted: [],
  trail: NO_TRAIL,
  depth: 0,
  environment: 'development',
  now: Date.UTC(2026, 5, 10, 10),
};

const law = loadLaw();
const schema = law.schemaText;
const PERMIT_ALL = '@id("all") permit (principal, action, resource);';

test('an ordinary question is permitted, by name', () => {
  assert.deepEqual(judge(ORDINARY, law), { kind: 'permitted', policies: ['least-privilege'] });
});

test('default-deny: what no policy permits is refused', () => {
  const verdict = judge({ ...ORDINARY, capability: null }, law);
  assert.equal(verdict.kind === 'refused' && verdict.code, 'no-permit');
  const onlyForbids = parseLaw(
    '@id("never") forbid (principal, action, resource) when { context.hour == 25 };',
    schema,
    'candidate',
  );
  assert.equal(judge(ORDINARY, onlyForbids).kind, 'refused');
});

test('default-deny: there is no law without policies, and none with a broken one', () => {
  assert.throws(() => parseLaw('', schema, 'candidate'), { code: 'no-policies' });
  assert.throws(() => parseLaw(`${PERMIT_ALL} forbid (`, schema, 'candidate'), { code: 'bad-policy' });
  assert.throws(
    () =>
      parseLaw(
        `${PERMIT_ALL} @id("x") forbid (principal, action, resource) when { context.nosuch };`,
        schema,
        'candidate',
      ),
    { code: 'bad-policy' },
  );
});

test('default-deny: a policy that cannot be evaluated refuses, although another permits', () => {
  // 64 bits are not enough for this product, and Cedar by itself would skip the forbid and permit.
  const overflow =
    '@id("broken") forbid (principal, action, resource) when { (context.hour + 9223372036854775807) > 1 };';
  const broken = parseLaw(`${PERMIT_ALL} ${overflow}`, schema, 'candidate');
  const verdict = judge(ORDINARY, broken);
  assert.deepEqual(verdict.kind === 'refused' && [verdict.code, verdict.policies], ['judging-failed', ['broken']]);
});

test('default-deny: a fault in judging itself refuses', () => {
  const verdict = judge(ORDINARY, law, () => {
    throw new Error('a bug');
  });
  assert.equal(verdict.kind === 'refused' && verdict.code, 'judging-failed');
});

const anyQuestion = fc
  .record({
    autonomy: fc.constantFrom(...AUTONOMY_LEVELS),
    integrity: fc.constantFrom(...INTEGRITIES),
    confidentiality: fc.constantFrom(...CONFIDENTIALITIES),
    status: fc.constantFrom('draft', 'active', 'suspended', 'retired'),
    granted: fc.boolean(),
    tenant: fc.constantFrom('north', 'south'),
    stopped: fc.subarray(['everything', 'tenant', 'agent', 'tool', 'class'] as const),
    production: fc.boolean(),
    hours: fc.integer({ min: 0, max: 24 * 400 }),
    n: fc.oneof(fc.integer(), fc.string()),
  })
  .map((drawn): Question => ({
    ...ORDINARY,
    intent: {
      ...ORDINARY.intent,
      arguments: { n: drawn.n },
      argumentsText: JSON.stringify({ n: drawn.n }),
      label: { integrity: drawn.integrity, confidentiality: drawn.confidentiality, origins: [] },
    },
    agent: {
      ...(ORDINARY.agent as NonNullable<Question['agent']>),
      autonomy: drawn.autonomy,
      status: drawn.status as 'active',
    },
    capability: drawn.granted ? post.granted : null,
    eventTenant: drawn.tenant as TenantId,
    stopped: drawn.stopped,
    environment: drawn.production ? 'production' : 'development',
    now: ORDINARY.now + drawn.hours * 3_600_000,
  }));

test('same-inputs-same-verdict: asked again, later, in another order or remembered, the verdict is the same', (t) => {
  const remembered = createJudge();
  const questions = fc.sample(anyQuestion, { numRuns: 300, seed: 7 });
  const first = questions.map((question) => judge(question, law));
  assert.ok(new Set(first.map(({ kind }) => kind)).size > 1, 'the questions must not all be answered alike');
  // Neither clock nor chance may matter, so both are moved.
  t.mock.timers.enable({ apis: ['Date'], now: Date.UTC(2031, 0, 1, 3) });
  t.mock.method(Math, 'random', () => 0.5);
  for (const [i, question] of [...questions.entries()].reverse()) {
    assert.deepEqual(judge(structuredCloneOf(question), law), first[i]);
    assert.deepEqual(remembered(question, law).verdict, first[i]);
    assert.deepEqual(remembered(question, law).verdict, first[i]);
  }
});

test('a case that was kept, with the amount of its intent, is judged again to the same verdict', () => {
  const [remembered, reopen] = [createJudge(), reopenUnder(law)];
  let kept = 0;
  for (const question of fc.sample(anyQuestion, { numRuns: 300, seed: 11 })) {
    const { verdict, about } = remembered(question, law);
    if (about === null) continue;
    kept += 1;
    assert.equal(digestText(about.text), about.digest);
    assert.deepEqual(reopen(about.text).judge(question.intent.amount?.minor ?? 0), verdict);
  }
  assert.ok(kept > 100);
});

test('a case that the schema of the law does not fit is not judged again, instead of refused', () => {
  const { about } = createJudge()(ORDINARY, law);
  assert.ok(about !== null);
  const { hour, ...situation } = (JSON.parse(about.text) as { situation: Record<string, unknown> }).situation;
  const stunted = JSON.stringify({ ...JSON.parse(about.text), situation });
  assert.equal(typeof hour, 'number');
  const again = reopenUnder(law)(stunted).judge(0);
  assert.equal(again.kind, 'cannot-judge');
  for (const text of ['', 'null', '{}', '{"situation":{}}', '[]']) {
    assert.equal(reopenUnder(law)(text).judge(0).kind, 'cannot-judge', text);
  }
});

/** A copy that shares no object with the original but for the tool's code. */
function structuredCloneOf(question: Question): Question {
  const { tool: known, capability, ...plain } = question;
  return { ...structuredClone(plain), tool: known, capability };
}
