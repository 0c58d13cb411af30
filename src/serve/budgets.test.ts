import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { BudgetStanding, BudgetWish } from '../fabric/index.ts';
import { Misuse, type Principal, type RoleGrant, type TenantId } from '../vocabulary/index.ts';
import { createApi } from './api.ts';
import type { ApiDeps } from './deps.ts';
import { NOBODY } from './guard.ts';

const PERSON = `per_${'1'.repeat(32)}`;
const TERMS = { per: 'agent', measure: 'money:EUR', cap: 50_000, window: 'day' };
const WISH = { tenant: 'north', name: 'daily', terms: TERMS, reason: 'pilot' };

let grants: readonly RoleGrant[] = [];
let seen: unknown[] = [];
let change: (by: Principal, wish: BudgetWish) => Promise<unknown>;

const standing: BudgetStanding = {
  id: 'north/daily',
  tenant: 'north' as TenantId,
  name: 'daily',
  rev: 2,
  of: {},
  per: 'agent',
  measure: 'money:EUR',
  cap: 50_000,
  window: 'day',
  atLimit: 'ask',
  reason: 'pilot',
  period: '2026-11-22',
  accounts: [{ of: 'agent:a', tenant: 'north', spent: 1, reserved: 2, extra: 0, overdrawn: 0, left: 49_997 }],
  more: false,
};
const motion = {
  id: `mot_${'0'.repeat(32)}`,
  kind: 'budget.change',
  tenant: 'north',
  state: 'carried',
  says: 'says',
  body: {},
  reason: 'pilot',
  by: PERSON,
  at: 0,
  secondedBy: null,
  dueAt: null,
  why: '',
};
/** Other endpoints look at what they rest on when they are made; none of it is asked here. */
const anything: object = new Proxy(() => true, { get: () => anything });
const deps = {
  fabric: {
    approvals: anything,
    isSingle: () => false,
    budgets: {
      list(tenants: unknown) {
        seen.push(tenants);
        return Promise.resolve([standing]);
      },
      change: (by: Principal, wish: BudgetWish) => change(by, wish),
    },
  },
  doorkeeper: { ofToken: () => Promise.resolve({ ...NOBODY, person: PERSON, grants, scopes: null }) },
  onTrouble: (what: string) => assert.fail(what),
} as unknown as ApiDeps;
const api = createApi(deps, { maxBodyBytes: 10_000, port: null });

beforeEach(() => {
  seen = [];
  grants = [{ tenant: 'north' as TenantId, role: 'administrator', as: null }];
  change = (_, wish) => {
    seen.push(wish);
    return Promise.resolve(motion);
  };
});

async function ask(body?: object) {
  const headers = { host: 'localhost', authorization: 'Bearer x', 'content-type': 'application/json' };
  const sent = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const response = await api.request('http://localhost/v1/budgets', { headers, ...sent });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

test('whoever may read sees the budgets of their tenants, with what is left', async () => {
  grants = [{ tenant: 'north' as TenantId, role: 'viewer', as: null }];
  const { status, body } = await ask();
  assert.equal(status, 200);
  assert.deepEqual(seen, [['north']]);
  const [item] = body['items'] as Record<string, unknown>[];
  assert.equal(item?.['says'], 'at most 500.00 EUR a day for each agent, then ask');
  assert.deepEqual(item?.['accounts'], standing.accounts);
  assert.deepEqual(item?.['terms'], { ...TERMS, of: {}, atLimit: 'ask' });
});

test('a budget is set by whoever has the right there, and by nobody else, whether or not there is such a tenant', async () => {
  assert.equal((await ask(WISH)).status, 200);
  assert.deepEqual(seen, [{ ...WISH, terms: { ...TERMS, of: {}, atLimit: 'refuse' } }]);
  change = () => assert.fail('it is not even asked');
  for (const tenant of ['south', 'nowhere', '*']) {
    const { status, body } = await ask({ ...WISH, tenant });
    assert.deepEqual([status, body['code']], [403, 'forbidden'], tenant);
  }
  grants = [{ tenant: '*', role: 'operator', as: null }];
  assert.equal((await ask(WISH)).status, 403);
});

test('what is malformed is answered by a problem, and changes nothing', async () => {
  change = () => assert.fail('it is not even asked');
  for (const wrong of [
    { ...WISH, name: 'Daily/../x' },
    { ...WISH, reason: ' ' },
    { ...WISH, rev: -1 },
    { ...WISH, more: 1 },
    { ...WISH, terms: { ...TERMS, cap: 0.5 } },
    { ...WISH, terms: { ...TERMS, cap: -1 } },
    { ...WISH, terms: { ...TERMS, measure: 'money:eur' } },
    { ...WISH, terms: { ...TERMS, window: 'year' } },
    { ...WISH, terms: { ...TERMS, of: { tool: 'x' } } },
  ]) {
    const { status, body } = await ask(wrong);
    assert.deepEqual([status, body['code']], [400, 'bad-request'], JSON.stringify(wrong));
  }
});

test('what somebody else changed meanwhile is a conflict', async () => {
  change = () => Promise.reject(new Misuse('changed-meanwhile', 'look again'));
  assert.equal((await ask(WISH)).status, 409);
});
