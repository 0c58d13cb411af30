import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  derivedId,
  digest,
  digestText,
  eur,
  money,
  NO_LABEL,
  NO_TRAIL,
  type AgentId,
  type Document,
  type Intent,
  type PersonId,
  type RoleGrant,
  type TenantId,
  type ToolId,
} from '../vocabulary/index.ts';
import { loadLaw, type Law } from './law.ts';
import { grantFor, liftDigest, whyNotGranter, whyNotTogether, type StandingGrant } from './standing-grant.ts';

const law = loadLaw();
const NOW = Date.UTC(2026, 5, 1);
const tenant = 'north' as TenantId;
const [ana, ben] = ['per_ana', 'per_ben'] as PersonId[] as [PersonId, PersonId];
const TOOL = digest('tool');

const intent: Intent = {
  tenant,
  run: derivedId('run', 'x'),
  step: 0,
  agent: 'clerk.a' as AgentId,
  agentVersion: digest('agent'),
  tool: 'erp.post' as ToolId,
  toolDigest: TOOL,
  arguments: {},
  argumentsText: '{}',
  argumentsDigest: digestText('{}'),
  amount: eur(100),
  resource: 'case-17',
  why: '',
  evidence: [],
  label: NO_LABEL,
  trail: NO_TRAIL,
};

function lifting(...policies: readonly string[]): StandingGrant['lifts'] {
  return policies.map((policy) => ({ policy, digest: liftDigest(law, policy) ?? digest('none') }));
}

const terms: StandingGrant = {
  form: 'standing',
  agent: intent.agent,
  tool: intent.tool,
  toolDigest: TOOL,
  lifts: lifting('every-act-approved'),
  resource: 'case-',
  upTo: eur(100),
  uses: 5,
  from: NOW,
  until: NOW + 1_000,
  by: [ana, ben],
  reason: '',
};

function grant(more: Partial<StandingGrant> = {}, id = 'grt_1', of: string = tenant): Document {
  const content = { ...terms, ...more };
  return { kind: 'standing-grant', id, rev: 1, tenant: of, state: 'in-force', dueAt: null, content };
}

interface Asking {
  readonly grants?: readonly Document[];
  readonly changed?: Partial<Intent>;
  readonly policies?: readonly string[];
  readonly under?: Law;
  readonly principal?: PersonId | null;
  readonly now?: number;
  readonly except?: ReadonlySet<string>;
}

function granted({
  grants = [grant()],
  changed = {},
  policies = ['every-act-approved'],
  under = law,
  principal = null,
  now = NOW,
  except = new Set(),
}: Asking = {}) {
  const verdict = { kind: 'needs-approval', policies, roles: [], expiresInSeconds: 1 } as const;
  return grantFor(grants, { ...intent, ...changed }, verdict, under, { principal, now, except })?.id ?? null;
}

test('INVARIANT (grants-are-narrow): agent, tool, its definition, resource, amount, policies and time all have to fit', () => {
  assert.equal(granted(), 'grt_1');
  const misses: readonly Asking[] = [
    { changed: { agent: 'clerk.b' as AgentId } },
    { changed: { tool: 'erp.other' as ToolId } },
    { changed: { toolDigest: digest('another definition') } },
    { changed: { resource: 'order-17' } },
    { changed: { amount: eur(100.01) } },
    { changed: { amount: money(10_000, 'USD') } },
    { changed: { tenant: 'south' as TenantId } },
    { grants: [grant({ upTo: null })] },
    { policies: ['every-act-approved', 'amount-over-limit'] },
    { policies: ['risky-act-approved'] },
    { now: NOW - 1 },
    { now: NOW + 1_000 },
    { principal: ana },
    { principal: ben },
    { except: new Set(['grt_1']) },
    { grants: [grant({}, 'grt_1', 'south')] },
    { grants: [] },
  ];
  for (const miss of misses) assert.equal(granted(miss), null, JSON.stringify(miss));
});

test('what does not narrow does not matter: no amount, somebody else’s request, a longer resource', () => {
  assert.equal(granted({ changed: { amount: null } }), 'grt_1');
  assert.equal(granted({ changed: { amount: null }, grants: [grant({ upTo: null })] }), 'grt_1');
  assert.equal(granted({ principal: 'per_cleo' as PersonId }), 'grt_1');
  assert.equal(granted({ changed: { resource: 'case-17/line-2' } }), 'grt_1');
});

test('a policy that was changed, or whose rule was, is not lifted by a grant for the one before', () => {
  const policy = law.policies.get('every-act-approved');
  assert.ok(policy !== undefined);
  const edited = new Map(law.policies).set(policy.id, { ...policy, text: `${policy.text} // stricter` });
  assert.equal(granted({ under: { ...law, policies: edited } }), null);
  const reruled = new Map(law.policies).set(policy.id, { ...policy, rule: 'four-eyes' });
  assert.equal(granted({ under: { ...law, policies: reruled } }), null);
  assert.equal(granted({ under: { ...law } }), 'grt_1', 'another set with the same policy is as good');
});

test('what nobody may lift is never lifted: no stop, no ceiling, no isolation, whatever a grant says', () => {
  const hard = [...law.policies.values()].filter(({ approval }) => approval === null).map(({ id }) => id);
  assert.ok(
    hard.includes('stopped-everything') && hard.includes('amount-over-ceiling') && hard.includes('tenant-isolation'),
  );
  for (const id of hard) {
    assert.equal(liftDigest(law, id), null);
    assert.equal(granted({ policies: [id], grants: [grant({ lifts: lifting(id) })] }), null, id);
    assert.equal(granted({ policies: [id], grants: [grant({ lifts: lifting(id), form: 'break-glass' })] }), null, id);
  }
});

test('broken glass may cover every agent or tool and no sum of its own, and is as narrow in all else', () => {
  const wide = { form: 'break-glass', agent: null, tool: null, toolDigest: null, upTo: null, resource: '' } as const;
  assert.equal(granted({ grants: [grant(wide)] }), 'grt_1');
  assert.equal(granted({ grants: [grant(wide)], policies: ['risky-act-approved'] }), null);
  assert.equal(granted({ grants: [grant(wide)], principal: ana }), null);
  assert.equal(granted({ grants: [grant(wide)], now: NOW + 1_000 }), null);
});

test('of several, the one that ends first is used, whatever their order', () => {
  const grants = [grant({ until: NOW + 900 }, 'grt_b'), grant({ until: NOW + 900 }, 'grt_a'), grant({}, 'grt_0')];
  fc.assert(
    fc.property(fc.shuffledSubarray(grants, { minLength: 3 }), (shuffled) => {
      assert.equal(granted({ grants: shuffled }), 'grt_a');
    }),
  );
});

test('who may answer in advance: who could answer each policy, neither its agent’s owner nor its author', () => {
  const as = (...names: readonly string[]) => names.map((name): RoleGrant => ({ tenant, role: 'approver', as: name }));
  const person = (grants: readonly RoleGrant[], teams: readonly string[] = []) => ({ person: ana, teams, grants });
  const place = { tenant, owner: 'finance', authors: [ben] };
  const strict: Law = { ...law, policies: new Map(law.policies).set('two', { ...ask('four-eyes'), id: 'two' }) };
  const staged: Law = {
    ...law,
    policies: new Map(law.policies).set('two', { ...ask('controller-then-director'), id: 'two' }),
  };
  const controller = person(as('finance-controller'));
  const director = person(as('finance-director'));

  assert.equal(whyNotGranter(controller, ['two'], strict, place), null);
  assert.match(whyNotGranter(director, ['two'], strict, place) ?? '', /answered by finance-controller/);
  assert.match(
    whyNotGranter(person(as('finance-controller'), ['finance']), ['two'], strict, place) ?? '',
    /owns the agent/,
  );
  assert.match(whyNotGranter(controller, ['two'], strict, { ...place, authors: [ana] }) ?? '', /wrote the policies/);
  assert.match(whyNotGranter(controller, ['stopped-agent'], law, place) ?? '', /nobody may lift/);
  assert.match(
    whyNotGranter(controller, ['two'], strict, { ...place, tenant: 'south' as TenantId }) ?? '',
    /answered by/,
  );

  assert.equal(whyNotTogether([controller, controller], ['two'], strict, tenant), null);
  assert.equal(whyNotTogether([controller, director], ['two'], staged, tenant), null);
  assert.match(whyNotTogether([controller, controller], ['two'], staged, tenant) ?? '', /1 of finance-director/);
  assert.match(whyNotTogether([controller], ['two'], strict, tenant) ?? '', /needs 2/);

  function ask(rule: string) {
    const found = law.policies.get('amount-over-limit');
    assert.ok(found !== undefined);
    return { ...found, rule };
  }
});
