import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { z } from 'zod';
import { derivedId, type AgentId, type TenantId, type ToolId } from '../vocabulary/index.ts';
import { accountsOf, BudgetTerms, periodOf, tightens, type Budget, type CountedAct } from './budget.ts';

const act: CountedAct = {
  tenant: 'north' as TenantId,
  agent: 'clerk.a' as AgentId,
  role: 'clerk',
  run: derivedId('run', 'x'),
  root: derivedId('event', 'x'),
  tool: {
    name: 'erp.pay' as ToolId,
    effect: 'E1',
    input: z.object({ minor: z.int() }),
    cost: () => ({ tokens: 40, 'money:EUR': 5 }),
  },
  arguments: { minor: 1_000 },
  amount: { minor: 1_000, currency: 'EUR' },
  at: Date.UTC(2026, 10, 22, 23, 59),
};

function budget(terms: Partial<Budget> = {}): Budget {
  return {
    id: 'north/x',
    tenant: 'north' as TenantId,
    of: {},
    per: 'tenant',
    measure: 'calls',
    cap: 10,
    window: 'day',
    atLimit: 'refuse',
    ...terms,
  };
}
const amountIn = (terms: Partial<Budget>, changed: Partial<CountedAct> = {}) =>
  accountsOf([budget(terms)], { ...act, ...changed })[0]?.amount;

test('an act draws its amount and what its tool declares, one call, and one effect unless it only reads', () => {
  assert.equal(amountIn({ measure: 'money:EUR' }), 1_005);
  assert.equal(amountIn({ measure: 'money:USD' }), 0);
  assert.equal(amountIn({ measure: 'tokens' }), 40);
  assert.equal(amountIn({ measure: 'calls' }), 1);
  assert.equal(amountIn({ measure: 'effects' }), 1);
  assert.equal(amountIn({ measure: 'effects' }, { tool: { ...act.tool, effect: 'E0' } }), 0);
  assert.equal(amountIn({ measure: 'money:EUR' }, { amount: { minor: -9, currency: 'EUR' } }), 5);
  assert.deepEqual(
    accountsOf([budget({ measure: 'calls' }), budget({ measure: 'effects' })], act).map(({ kept }) => kept),
    [true, false],
  );
});

test('an account has its budget, measure, window and what it is counted by in its name', () => {
  const accounts = (['everything', 'tenant', 'agent', 'tree', 'run'] as const).map(
    (per) => accountsOf([budget({ per })], act)[0]?.account,
  );
  assert.deepEqual(accounts, [
    'north/x|calls|2026-11-22|everything',
    'north/x|calls|2026-11-22|tenant:north',
    'north/x|calls|2026-11-22|agent:clerk.a',
    `north/x|calls|2026-11-22|tree:${act.root}`,
    `north/x|calls|2026-11-22|run:${act.run}`,
  ]);
});

test('a budget covers the acts that fit all that it names, and those of other tenants only when it is of all', () => {
  const isCovered = (terms: Partial<Budget>) => accountsOf([budget(terms)], act).length === 1;
  assert.ok(isCovered({}));
  assert.ok(isCovered({ of: { agent: 'clerk.a', role: 'clerk' } }));
  assert.ok(!isCovered({ of: { agent: 'clerk.b' } }));
  assert.ok(!isCovered({ of: { agent: 'clerk.a', role: 'teller' } }));
  assert.ok(!isCovered({ tenant: 'south' as TenantId }));
  assert.ok(isCovered({ tenant: '*' }));
  assert.ok(!isCovered({ tenant: '*', of: { tenant: 'south' } }));
});

test('a cost that is no whole number of 0 or more is a fault, never an amount', () => {
  for (const tokens of [-1, 0.5, NaN, Infinity, 2 ** 60]) {
    const tool = { ...act.tool, cost: () => ({ tokens }) };
    assert.throws(() => accountsOf([budget({ measure: 'tokens' })], { ...act, tool }), /whole number/, String(tokens));
  }
  const tool = { ...act.tool, cost: () => ({ calls: 0 }) };
  assert.throws(() => accountsOf([budget()], { ...act, tool }), /counted, not declared/);
  assert.deepEqual(accountsOf([], { ...act, tool }), []);
});

test('windows are days, ISO weeks and months in UTC', () => {
  assert.equal(periodOf('ever', act.at), 'ever');
  assert.equal(periodOf('day', act.at), '2026-11-22');
  assert.equal(periodOf('day', act.at + 60_000), '2026-11-23');
  assert.equal(periodOf('month', act.at), '2026-11');
  assert.equal(periodOf('week', act.at), '2026-W47');
  assert.equal(periodOf('week', act.at + 60_000), '2026-W48');
  assert.equal(periodOf('week', Date.UTC(2027, 0, 1)), '2026-W53');
  assert.equal(periodOf('week', Date.UTC(2027, 0, 4)), '2027-W01');
  assert.equal(periodOf('week', Date.UTC(2024, 11, 30)), '2025-W01');
  assert.equal(periodOf('week', Date.UTC(2021, 0, 3)), '2020-W53');
});

const terms = fc.record({
  of: fc.record({ agent: fc.constantFrom('clerk.a', 'clerk.b'), role: fc.constantFrom('clerk') }, { requiredKeys: [] }),
  per: fc.constantFrom('tenant', 'agent', 'run'),
  measure: fc.constantFrom('calls', 'effects'),
  cap: fc.nat(4),
  window: fc.constantFrom('ever', 'day'),
  atLimit: fc.constantFrom('refuse', 'ask'),
});

test('what one person may change lets nothing through that was stopped before', () => {
  const stops = (given: unknown, used: number, asked: Partial<CountedAct>) => {
    const set = budget(given as Partial<Budget>);
    const [draw] = accountsOf([set], { ...act, ...asked });
    if (draw === undefined || draw.amount === 0 || used + draw.amount <= set.cap) return 0;
    return set.atLimit === 'ask' ? 1 : 2;
  };
  const agents = fc.constantFrom('clerk.a', 'clerk.b', 'clerk.c').map((name) => name as AgentId);
  let tightened = 0;
  fc.assert(
    fc.property(terms, terms, fc.nat(5), agents, (before, after, used, agent) => {
      if (!tightens(BudgetTerms.parse(before), BudgetTerms.parse(after))) return;
      tightened += 1;
      assert.ok(stops(after, used, { agent }) >= stops(before, used, { agent }));
    }),
    { numRuns: 5_000 },
  );
  assert.ok(tightened > 30, String(tightened));
});

test('a new budget tightens; removing one, and another account, do not', () => {
  const some = BudgetTerms.parse({ per: 'agent', measure: 'calls', cap: 5, window: 'day' });
  assert.ok(tightens(null, some));
  assert.ok(!tightens(some, null));
  for (const changed of [
    { cap: 6 },
    { per: 'tenant' },
    { window: 'month' },
    { measure: 'effects' },
    { atLimit: 'ask' },
    { of: { role: 'clerk' } },
  ] as const) {
    assert.ok(!tightens(some, { ...some, ...changed }), JSON.stringify(changed));
  }
  assert.ok(tightens({ ...some, of: { role: 'clerk' }, atLimit: 'ask' }, { ...some, cap: 0 }));
});
