import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { TenantId } from '../vocabulary/index.ts';
import { applyLaw } from './apply-law.ts';
import type { Case } from './case.ts';
import { loadLaw, slotOf } from './law.ts';
import { ORDINARY } from './ordinary-case.ts';
import { tenantDifference, tightenedBy } from './tenant-law.ts';

const NORTH = 'north' as TenantId;
const base = loadLaw();

/** Conditions that a tenant may write, in any combination; some would lift what the base forbids if they could. */
const ATOMS = [
  'context.amountMinor > 5000',
  'context.amountMinor == 0',
  'context.hour < 9',
  'resource.external',
  'resource.class == "E3"',
  'context.autonomy == "L2"',
  'context.integrity == "untrusted"',
  'context.approvals.contains("every-act-approved")',
  'context.approvals.contains("amount-over-limit")',
  '!context.approvals.contains("risky-act-approved")',
  'context.stopped.contains("everything")',
  'principal.status != "active"',
  'principal in resource.required',
];
const aCondition = fc
  .array(fc.constantFrom(...ATOMS), { minLength: 1, maxLength: 3 })
  .chain((atoms) => fc.constantFrom(' && ', ' || ').map((join) => atoms.join(join)));
const aPolicy = fc.record({ when: aCondition, liftable: fc.boolean() });
const aTenantsText = fc.array(aPolicy, { minLength: 1, maxLength: 3 }).map((all) =>
  all
    .map(({ when, liftable }, i) => {
      const unless = liftable ? `unless { context.approvals.contains("own-${i}") }` : '';
      return `@id("own-${i}") ${liftable ? '@approver("duty-manager")' : ''} forbid (principal, action, resource) when { ${when} } ${unless};`;
    })
    .join('\n'),
);

const aCase: fc.Arbitrary<Case> = fc
  .record({
    granted: fc.boolean(),
    status: fc.constantFrom('active', 'active', 'active', 'suspended'),
    class: fc.constantFrom('E0', 'E1', 'E3'),
    risk: fc.constantFrom('low', 'high'),
    external: fc.boolean(),
    movesMoney: fc.boolean(),
    autonomy: fc.constantFrom('L0', 'L1', 'L2', 'L3', 'L4', 'L5'),
    amountMinor: fc.constantFrom(0, 100, 5001, 20_000, 200_000_000),
    limitMinor: fc.constantFrom(-1, 10_000),
    integrity: fc.constantFrom('trusted', 'untrusted'),
    seenConfidentiality: fc.integer({ min: 0, max: 3 }),
    hour: fc.integer({ min: 0, max: 23 }),
    exhausted: fc.subarray(['refuse', 'ask']),
  })
  .map(({ granted, status, class: effect, risk, external, movesMoney, ...situation }) => ({
    agent: { ...ORDINARY.agent, granted, status },
    tool: { ...ORDINARY.tool, class: effect, risk, external, movesMoney, clearance: 3 } as Case['tool'],
    situation: { ...ORDINARY.situation, ...situation } as Case['situation'],
  }));

const withApprovals = (about: Case, approvals: readonly string[]): Case => ({
  ...about,
  situation: { ...about.situation, approvals },
});

test('tenants-only-tighten: whatever a tenant sets, nothing passes that the base stops', () => {
  fc.assert(
    fc.property(aTenantsText, fc.array(aCase, { minLength: 6, maxLength: 6 }), fc.nat(), (text, cases, lot) => {
      const law = tightenedBy(base, NORTH, text);
      const ids = [...law.policies.keys()].filter((id) => id.startsWith('own-'));
      for (const about of cases) {
        const bare = applyLaw(about, base);
        const joint = applyLaw(about, law);
        if (bare.kind === 'refused') assert.equal(joint.kind, 'refused', text);
        if (bare.kind !== 'needs-approval') continue;
        assert.notEqual(joint.kind, 'permitted', text);
        // Everything that was asked but one, and all that the tenant could ask: still not enough.
        const missing = bare.policies[lot % bare.policies.length];
        const given = [...bare.policies.filter((id) => id !== missing), ...ids];
        assert.notEqual(applyLaw(withApprovals(about, given), law).kind, 'permitted', text);
      }
    }),
    { numRuns: 60 },
  );
});

test("a tenant's forbid forbids, and its own approval lifts it", () => {
  const text = `@id("own-quiet-hours") @why("we sleep") @approver("duty-manager")
    forbid (principal, action, resource) when { context.hour == 10 }
    unless { context.approvals.contains("own-quiet-hours") };`;
  const law = tightenedBy(base, NORTH, text);
  assert.equal(applyLaw(ORDINARY, base).kind, 'permitted');
  const verdict = applyLaw(ORDINARY, law);
  assert.deepEqual(verdict.kind === 'needs-approval' && verdict.policies, ['own-quiet-hours']);
  assert.equal(applyLaw(withApprovals(ORDINARY, ['own-quiet-hours']), law).kind, 'permitted');
  assert.notEqual(law.digest, base.digest);
});

test('what could widen is not taken: permits, names of the base, templates, nothing at all', () => {
  const refusedTexts = {
    permit: '@id("own") permit (principal, action, resource);',
    'a name of the base': '@id("least-privilege") forbid (principal, action, resource) when { context.hour == 99 };',
    'a permit behind a forbid':
      '@id("a") forbid (principal, action, resource) when { context.hour == 99 };\n@id("b") permit (principal, action, resource);',
    'a template': '@id("a") forbid (principal == ?principal, action, resource);',
    'one name twice':
      '@id("a") forbid (principal, action, resource) when { context.hour == 99 };\n@id("a") forbid (principal, action, resource);',
    'no name': 'forbid (principal, action, resource);',
    'an unknown rule': '@id("a") @approver("x") @rule("nobody-has-it") forbid (principal, action, resource);',
    'what is not in the schema': '@id("a") forbid (principal, action, resource) when { context.colour == "red" };',
    'what is no Cedar': '@id("a") forbid',
  };
  for (const [what, text] of Object.entries(refusedTexts)) {
    assert.throws(() => tightenedBy(base, NORTH, text), { code: 'bad-policy' }, what);
  }
  assert.equal(tightenedBy(base, NORTH, ' \n// nothing\n'), base);
});

test('what is added tightens; what is changed or gone may not', () => {
  const one = '@id("a") forbid (principal, action, resource) when { context.hour == 1 };';
  const two = '@id("b") forbid (principal, action, resource) when { context.hour == 2 };';
  assert.deepEqual(tenantDifference(one, `${two}\n${one}`), { added: ['b'], changed: [], gone: [] });
  assert.deepEqual(tenantDifference(`${one}${two}`, one.replace('1', '3')), { added: [], changed: ['a'], gone: ['b'] });
  assert.deepEqual(tenantDifference('', one), { added: ['a'], changed: [], gone: [] });
});

test('a law whose slot another has taken judges by itself all the same', () => {
  const strict = tightenedBy(base, NORTH, '@id("no") forbid (principal, action, resource);');
  const lax = tightenedBy(base, NORTH, '@id("no") forbid (principal, action, resource) when { context.hour == 99 };');
  assert.equal(slotOf(strict), slotOf(lax));
  for (let i = 0; i < 3; i++) {
    assert.equal(applyLaw(ORDINARY, strict).kind, 'refused');
    assert.equal(applyLaw(ORDINARY, lax).kind, 'permitted');
  }
});
