import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { applyLaw } from './apply-law.ts';
import type { Case } from './case.ts';
import { loadLaw, parseLaw } from './law.ts';
import { ORDINARY } from './ordinary-case.ts';
import { readPolicySet } from './policy-set.ts';
import { sliceLaw } from './slices.ts';

const { policies, schema, rules } = readPolicySet();

/** Few values of each, so that what is remembered is asked for again. */
const someCase: fc.Arbitrary<Case> = fc
  .record({
    agent: fc.record({
      id: fc.constantFrom('clerk.a', 'clerk.b'),
      tenant: fc.constantFrom('north', 'south'),
      role: fc.constantFrom('clerk', 'buyer'),
      status: fc.constantFrom('active', 'active', 'draft'),
      granted: fc.constantFrom(true, true, false),
    }),
    tool: fc.record({
      id: fc.constantFrom('erp.post', 'mail.send'),
      tenant: fc.constant('north'),
      class: fc.constantFrom('E0', 'E1', 'E3'),
      risk: fc.constantFrom('low', 'high'),
      external: fc.boolean(),
      clearance: fc.constantFrom(1, 3),
      movesMoney: fc.boolean(),
    }),
    situation: fc.record({
      environment: fc.constantFrom('development', 'production'),
      today: fc.constantFrom('2026-06-10', '2026-06-11'),
      weekday: fc.constantFrom(3, 6),
      hour: fc.constantFrom(6, 7, 18, 19),
      mandateEnds: fc.constantFrom('2026-06-10', '2027-12-31'),
      autonomy: fc.constantFrom('L0', 'L2', 'L3', 'L4'),
      amountMinor: fc.constantFrom(0, 499, 500, 501, 100_000_001, 9_007_199_254_740_991),
      limitMinor: fc.constantFrom(-1, 500, 1_000),
      sameCurrency: fc.constantFrom(true, true, false),
      resourceGranted: fc.constantFrom(true, true, false),
      sameTenant: fc.constantFrom(true, true, false),
      integrity: fc.constantFrom('trusted', 'untrusted'),
      confidentiality: fc.constantFrom(0, 2),
      stopped: fc.constantFrom([], [], ['tool'], ['agent', 'class']),
      approvals: fc.constantFrom([], [], ['odd'], ['every-act-approved', 'amount-over-limit']),
      exhausted: fc.constantFrom([], [], ['refuse'], ['ask']),
      ran: fc.constantFrom([], ['crm.read'], ['crm.read', 'mail.send']),
      seenUntrusted: fc.boolean(),
      seenConfidentiality: fc.constantFrom(0, 3),
      depth: fc.constantFrom(0, 1),
    }),
  })
  .map((drawn) => drawn as unknown as Case);

/** Each a way to look at a case of its own; the last fails for large amounts, by overflow. */
const ODD = [
  'context.amountMinor * 2 > context.limitMinor',
  'context.ran.contains("crm.read") && resource.external',
  'context.ran.containsAny(["crm.read", "mail.send"]) && context.depth > 0',
  'context.ran.isEmpty() && context.seenUntrusted',
  'context has hour && context.hour == 6',
  'principal == Reeve::Agent::"clerk.b"',
  'resource == Reeve::Tool::"mail.send" || principal.role like "b*"',
  '(if context.depth > 0 then principal else principal).status == "draft"',
  '{ hour: context.hour }.hour == 7',
  'principal.tenant == Reeve::Tenant::"south" && resource.tenant != principal.tenant',
  'context.exhausted.contains("ask") || context.approvals.contains("even")',
  'context.today == datetime("2026-06-11")',
  'context.today > context.mandateEnds || context.mandateEnds == context.today',
  'context.confidentiality + context.seenConfidentiality > resource.clearance',
  'context.amountMinor * 9000 > 5',
];

const laws = [policies, ...ODD.map((odd) => `${policies}\n${written(odd)}`)];

for (const [n, text] of laws.entries()) {
  test(`put to Cedar in slices, the answer is that of the whole set: ${n === 0 ? 'as shipped' : ODD[n - 1]}`, () => {
    const law = parseLaw(text, schema, 'candidate', rules);
    const judge = sliceLaw(law);
    fc.assert(
      fc.property(someCase, (about) => assert.deepEqual(judge(about), applyLaw(about, law))),
      { numRuns: n === 0 ? 400 : 120, seed: 11 },
    );
  });
}

test('a set that takes the slots of another does not answer for it', () => {
  const shipped = loadLaw(undefined, 'candidate');
  const judge = sliceLaw(shipped);
  const none = sliceLaw(
    parseLaw(
      policies.replace('principal in resource.required', 'principal in resource.required && context.depth > 5'),
      schema,
      'candidate',
      rules,
    ),
  );
  assert.equal(none(ORDINARY).kind, 'refused');
  assert.equal(judge(ORDINARY).kind, 'permitted');
});

test('a case that the schema does not fit is put to the whole set', () => {
  const judge = sliceLaw(loadLaw(undefined, 'candidate'));
  assert.equal(judge(ORDINARY).kind, 'permitted');
  const verdict = judge({ ...ORDINARY, situation: { ...ORDINARY.situation, hour: 'ten' as unknown as number } });
  assert.equal(verdict.kind === 'refused' && verdict.code, 'judging-failed');
});

function written(condition: string): string {
  return `@id("odd")\n@approver("board")\nforbid (principal is Reeve::Agent, action, resource is Reeve::Tool)
when { ${condition} }\nunless { context.approvals.contains("odd") };\n`;
}
