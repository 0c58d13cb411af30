import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Misuse, type RoleGrant } from '../vocabulary/index.ts';
import { createApi } from './api.ts';
import type { ApiDeps } from './deps.ts';
import { NOBODY } from './guard.ts';

// The API without a socket; behind it, policies that note what they are asked.
const DIGEST = `sha256:${'a'.repeat(64)}`;
const PERSON = `per_${'1'.repeat(32)}`;
const SOURCES = { policies: 'permit (principal, action, resource);', schema: 'entity X;', rules: '', tests: '[]' };
const VERSION = {
  digest: DIGEST,
  state: 'draft',
  stale: false,
  policies: ['all'],
  author: PERSON,
  reason: 'x',
  base: null,
  draftedAt: 1_000,
  backTest: null,
  logOnlySince: null,
  enforcement: null,
};
const FLIP = { policy: 'p', agent: 'clerk.a', tool: 'erp.post', from: 'permitted', to: 'refused', count: 1 };

const asked: unknown[][] = [];
let grants: readonly RoleGrant[] = [];
const as = (role: RoleGrant['role'], tenant = '*') => (grants = [{ tenant, role, as: null } as RoleGrant]);

const motion = (kind: string) => ({
  id: `mot_${'0'.repeat(32)}`,
  kind,
  tenant: '*',
  state: 'proposed',
  says: 'it',
  body: {},
  reason: 'x',
  by: PERSON,
  at: 1_000,
  secondedBy: null,
  dueAt: 2_000,
  why: '',
});
const note =
  (name: string, answer: unknown) =>
  (...given: unknown[]) => {
    asked.push([name, ...given.slice(1)]);
    return Promise.resolve(answer);
  };

const api = createApi(
  {
    fabric: {
      isSingle: () => false,
      approvals: {},
      registry: { fleets: [{ tenant: 'north' }], agents: [], agent: () => null, tool: () => null },
      policies: {
        list: () => Promise.resolve([VERSION]),
        status: () => ({ enforced: DIGEST, logOnly: null, shipped: null }),
        show: (digest: string) =>
          digest === DIGEST
            ? Promise.resolve({ ...VERSION, sources: SOURCES })
            : Promise.reject(new Misuse('not-found', 'no')),
        draft: note('draft', VERSION),
        backTested: note('backTested', VERSION),
        logOnly: note('logOnly', motion('policies.log-only')),
        endLogOnly: note('endLogOnly', motion('policies.end-log-only')),
        enforce: note('enforce', motion('policies.enforce')),
        stepBack: note('stepBack', motion('policies.step-back')),
        setTenant: note('setTenant', motion('tenant-policies.tighten')),
        tenant: () => Promise.resolve(null),
        flips: () => ({
          digest: DIGEST,
          since: 1,
          judged: 2,
          flipped: 2,
          groups: [
            { ...FLIP, tenant: 'north' },
            { ...FLIP, tenant: 'south' },
          ],
        }),
      },
    },
    doorkeeper: { ofToken: () => Promise.resolve({ ...NOBODY, person: PERSON, grants, scopes: null }) },
    now: () => 0,
    onTrouble: () => undefined,
  } as unknown as ApiDeps,
  { maxBodyBytes: 1_000_000, port: null },
);

async function ask(path: string, body?: unknown): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await api.request(`http://127.0.0.1${path}`, {
    headers: { host: '127.0.0.1', authorization: 'Bearer x', 'content-type': 'application/json' },
    ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

test('everybody may read the law; a list holds no texts, one version does', async () => {
  as('viewer', 'north');
  const list = await ask('/v1/policies');
  assert.equal(list.status, 200);
  assert.equal('sources' in ((list.body['items'] as object[])[0] ?? {}), false);
  const one = await ask(`/v1/policies/${DIGEST}`);
  assert.deepEqual(one.body['sources'], SOURCES);
  assert.equal((await ask(`/v1/policies/sha256:${'b'.repeat(64)}`)).status, 404);
  assert.equal((await ask('/v1/policies/nothing')).status, 404);
});

test('what changes the law asks for its right in the whole installation, before anything else is looked at', async () => {
  const reason = 'why';
  const changes: readonly (readonly [string, unknown, RoleGrant['role'], string])[] = [
    ['/v1/policies', { ...SOURCES, reason }, 'policy-author', 'draft'],
    [
      `/v1/policies/${DIGEST}/back-test`,
      {
        base: DIGEST,
        record: { from: 1, to: 2, decisions: 1, digest: DIGEST },
        flipped: 0,
        newlyAllowed: 0,
        unreplayable: 0,
      },
      'policy-author',
      'backTested',
    ],
    [`/v1/policies/${DIGEST}/log-only`, { watches: true, reason }, 'administrator', 'logOnly'],
    [`/v1/policies/${DIGEST}/log-only`, { watches: false, reason }, 'administrator', 'endLogOnly'],
    [`/v1/policies/${DIGEST}/enforce`, { reason }, 'administrator', 'enforce'],
    ['/v1/policies/step-back', { reason }, 'administrator', 'stepBack'],
  ];
  for (const [path, body, role, name] of changes) {
    asked.length = 0;
    for (const other of ['viewer', 'approver', 'operator', 'auditor'] as const) {
      as(other);
      assert.equal((await ask(path, body)).status, 403, `${other} ${path}`);
    }
    as(role, 'north');
    assert.equal((await ask(path, body)).status, 403, `${role} of one tenant ${path}`);
    if (role === 'administrator') {
      as('policy-author');
      assert.equal((await ask(path, body)).status, 403, `policy-author ${path}`);
    }
    assert.deepEqual(asked, []);
    as(role);
    assert.equal((await ask(path, body)).status, 200, path);
    assert.equal(asked[0]?.[0], name);
  }
});

test('a tenant’s policies are set with the right in that tenant; whoever has it elsewhere learns nothing', async () => {
  as('policy-author', 'north');
  assert.equal((await ask('/v1/tenants/north/policies', { policies: '', reason: 'x' })).status, 200);
  for (const other of ['south', 'nowhere']) {
    const answered = await ask(`/v1/tenants/${other}/policies`, { policies: '', reason: 'x' });
    assert.deepEqual([answered.status, answered.body['code']], [403, 'forbidden']);
    assert.equal((await ask(`/v1/tenants/${other}/policies`)).status, 403);
  }
});

test('flips of other tenants are not shown, and a body that is not understood changes nothing', async () => {
  as('viewer', 'north');
  const flips = await ask(`/v1/policies/${DIGEST}/flips`);
  assert.deepEqual(
    (flips.body['groups'] as { tenant: string }[]).map(({ tenant }) => tenant),
    ['north'],
  );
  as('administrator');
  asked.length = 0;
  for (const body of [{}, { reason: '' }, { reason: 'x', force: true }, { reason: 7 }]) {
    assert.equal((await ask(`/v1/policies/${DIGEST}/enforce`, body)).status, 400);
  }
  assert.deepEqual(asked, []);
});
