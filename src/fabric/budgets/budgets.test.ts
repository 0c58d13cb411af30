import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Pool } from 'pg';
import { z } from 'zod';
import { createRegistry } from '../../fleet/index.ts';
import { loadLaw, type BudgetTerms } from '../../govern/index.ts';
// What is tested is what the database does: the embedded one.
import { migrate, openPool, readConfig, startHost, type Host } from '../../host/index.ts';
import { Conflict, openWriter, type LedgerWriter } from '../../ledger/index.ts';
import { agent, fleet, http, money, on, tool } from '../../sdk/index.ts';
import { handMovedClock } from '../../testing/index.ts';
import {
  derivedId,
  digest,
  NO_LABEL,
  NO_TRAIL,
  type DecisionTemplate,
  type EventId,
  type Intent,
  type Outcome,
  type PermitId,
  type PersonId,
  type Principal,
  type Role,
  type TenantId,
} from '../../vocabulary/index.ts';
import { createDocuments } from '../documents.ts';
import { createMotions, type Motions } from '../motions.ts';
import { fixedLaw } from '../policies/law-book.ts';
import { readStanding, type Standing } from '../standing.ts';
import { budgetChange } from './budget-kind.ts';
import { createBudgets, type Budgets } from './budgets.ts';
import { createLeakSweep } from './leaks.ts';
import { createReservations, type Claim } from './reservations.ts';
import { createSettlement } from './settlement.ts';

const Case = z.object({ most: z.number() });
const ask = tool('lab.ask', {
  description: 'asks',
  input: Case,
  output: z.object({ used: z.int() }),
  effect: 'E1',
  cost: ({ most }) => ({ tokens: most }),
  spent: ({ used }) => ({ tokens: used }),
  call: http('lab', 'POST /asks'),
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
const clerkOf = (tenant: string) =>
  agent(`clerk.${tenant}`, {
    purpose: 'asks',
    owner: 'tests',
    tenant,
    expires: '2099-12-31',
    perceive: on('case.opened', Case),
    reason: template,
    given: () => null,
    propose: () => [],
    act: [ask.upTo(money(1, 'EUR'))],
    autonomy: { default: 'L4' },
  });
const clerks = { north: clerkOf('north'), south: clerkOf('south') };
const registry = createRegistry(
  Object.entries(clerks).map(([tenant, clerk]) => fleet(tenant, { tenant, agents: [clerk], work: () => [] })),
);

const dataDir = mkdtempSync(join(tmpdir(), 'reeve-budgets-test-'));
const clock = handMovedClock(Date.UTC(2026, 10, 22, 12));
const law = fixedLaw(loadLaw());
const reservations = createReservations({ clock });
let host: Host;
let pool: Pool;
let writer: LedgerWriter;
let motions: Motions;
let budgets: Budgets;
let standing: Standing;
let sweep: () => Promise<void>;
let billOf: ReturnType<typeof createSettlement>;

before(async () => {
  host = await startHost(readConfig({}, { dataDir, port: 0 }));
  await migrate(host.databaseUrl);
  pool = openPool(host.databaseUrl);
  writer = await openWriter({ url: host.databaseUrl, clock });
  const reload = async () => {
    standing = await readStanding(pool, law);
  };
  await reload();
  const documents = createDocuments(pool);
  const kinds = [budgetChange({ documents, registry })];
  motions = createMotions({ writer, documents, clock, kinds, isSingle: () => false, singleDelayMs: 0, reload });
  budgets = createBudgets({ pool, documents, motions, clock });
  sweep = createLeakSweep({ pool, writer, reservations, clock });
  billOf = createSettlement({ pool, reservations });
});

after(async () => {
  await writer.close();
  await pool.end();
  await host.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

function person(name: string, tenant: string = '*', role: Role = 'administrator'): Principal {
  const grants = [{ tenant: tenant as TenantId | '*', role, as: null }];
  return { person: `per_${name}` as PersonId, name, teams: [], grants, via: 'session', scopes: null, credential: name };
}
const [anna, berta] = [person('anna'), person('berta')];

const plain: BudgetTerms = { of: {}, per: 'tenant', measure: 'tokens', cap: 100, window: 'day', atLimit: 'refuse' };
const set = (name: string, terms: Partial<BudgetTerms> | null, by = anna, tenant = 'north') =>
  budgets.change(by, { tenant, name, terms: terms === null ? null : { ...plain, ...terms }, reason: 'tests' });

/** Removes what a test has set, whatever it was. */
async function clear(): Promise<void> {
  for (const { name, tenant } of await budgets.list('*')) {
    const motion = await set(name, null, anna, tenant);
    await motions.second(berta, motion.id);
  }
}

let acts = 0;
function claimOf(
  most: number,
  lifted: readonly string[] = [],
  before_: readonly string[] = [],
  tenant: 'north' | 'south' = 'north',
) {
  const clerk = clerks[tenant];
  const intent: Intent = {
    tenant: clerk.tenant,
    run: derivedId('run', (acts += 1)),
    step: 0,
    agent: clerk.name,
    agentVersion: clerk.version,
    tool: ask.name,
    toolDigest: ask.digest,
    arguments: { most },
    argumentsText: `{"most":${most}}`,
    argumentsDigest: digest({ most }),
    amount: null,
    resource: 'x',
    why: 'tests',
    evidence: [],
    label: NO_LABEL,
    trail: NO_TRAIL,
  };
  const root = derivedId('event', acts) as EventId;
  return reservations.claim({ intent, tool: ask, role: clerk.role, root, lifted, before: before_ }, standing);
}

/** Puts an act on record with what it claims; as the gate does. */
async function pass(claim: Claim): Promise<PermitId> {
  const permit = derivedId('permit', 'test', (acts += 1));
  const change = {
    entries: [
      {
        kind: 'intent.permitted' as const,
        tenant: 'north' as TenantId,
        run: null,
        agent: null,
        body: { permit, budgets: claim.body() },
      },
    ],
    effects: [
      {
        entry: 0,
        permit,
        run: derivedId('run', permit),
        step: 0,
        tenant: 'north',
        agent: 'clerk.north',
        tool: ask.name,
        tool_digest: ask.digest,
        class: 'E1',
        system: null,
        state: 'intent',
        arguments: '{}',
        arguments_digest: 'x',
        amount_minor: null,
        currency: null,
        why: '',
        reserved: true,
      },
    ],
    reservations: claim.rows(permit),
  };
  try {
    await writer.append(change);
  } catch (error) {
    if (error instanceof Conflict && error.on === 'budget') claim.noRoom(error.what, error.left ?? 0);
    throw error;
  }
  reservations.held(permit, claim, ask);
  return permit;
}

async function settle(permit: PermitId, outcome: Exclude<Outcome, { kind: 'unknown' }>, settled = false) {
  const who = { tenant: 'north' as TenantId, run: null, agent: null };
  const called = () => ({ tool: ask, argumentsText: '{"most":60}' });
  const bill = await billOf({ permit, outcome, settled, who, called });
  await writer.append({
    entries: [{ ...who, kind: 'outcome.recorded', body: { permit } }, ...(bill?.overdrawn ?? [])],
    outcomes: [{ permit, state: outcome.kind, why: '', ...(bill !== null && { spent: bill.spent }) }],
  });
  bill?.settled();
  return bill;
}
const done = (used: number): Outcome & { kind: 'done' } => ({
  kind: 'done',
  result: { used },
  resultDigest: digest({ used }),
});
const rejected: Outcome & { kind: 'failed' } = { kind: 'failed', code: 'rejected', message: 'no' };

async function account(name: string) {
  const { rows } = await pool.query<Record<string, string>>(
    `select spent, reserved, extra, overdrawn from reeve.account where budget = $1 order by key`,
    [`north/${name}`],
  );
  return rows.map(({ spent, reserved, extra, overdrawn }) => [spent, reserved, extra, overdrawn].map(Number));
}

const code = (expected: string) => (error: unknown) => (error as { code?: string }).code === expected;

test('INVARIANT (caps-hold): what is reserved has room, and an act that does not fit is refused with what is left', async () => {
  await set('caps', {});
  const permit = await pass(claimOf(60));
  const late = claimOf(41);
  assert.deepEqual(late.exhausted, []);
  await assert.rejects(pass(late), Conflict);
  assert.deepEqual(await account('caps'), [[0, 60, 0, 0]]);
  const again = claimOf(41);
  assert.deepEqual(again.exhausted, ['refuse']);
  const verdict = again.hold({ kind: 'permitted', policies: [] });
  assert.equal(verdict.kind === 'refused' && verdict.code, 'over-budget');
  assert.match(
    verdict.kind === 'refused' ? verdict.why : '',
    /`north\/caps` has 40 tokens left of 100 tokens .*needs 41 tokens/,
  );
  assert.deepEqual(claimOf(40).exhausted, [], 'what is left is not withheld');
  await settle(permit, done(25));
  assert.deepEqual(await account('caps'), [[25, 0, 0, 0]]);
  assert.deepEqual(claimOf(41).exhausted, [], 'what came back is seen at once');
  await settle(await pass(claimOf(75)), done(75));
  await clear();
});

test('what failed is given back, but for calls and for answers that cannot be used', async () => {
  await set('failed', {});
  await set('failed-calls', { measure: 'calls' });
  await settle(await pass(claimOf(60)), rejected);
  assert.deepEqual([await account('failed'), await account('failed-calls')], [[[0, 0, 0, 0]], [[1, 0, 0, 0]]]);
  await settle(await pass(claimOf(60)), { kind: 'failed', code: 'bad-result', message: 'garbage' });
  assert.deepEqual([await account('failed'), await account('failed-calls')], [[[60, 0, 0, 0]], [[2, 0, 0, 0]]]);
  await settle(await pass(claimOf(30)), { kind: 'failed', code: 'stopped', message: 'held back' });
  assert.deepEqual([await account('failed'), await account('failed-calls')], [[[60, 0, 0, 0]], [[2, 0, 0, 0]]]);
  await clear();
});

test('a call that costs more than it declared is cut off at that, tallied, and reported', async () => {
  await set('overdrawn', {});
  const bill = await settle(await pass(claimOf(60)), done(75));
  assert.deepEqual(await account('overdrawn'), [[60, 0, 0, 15]]);
  const [reported] = bill?.overdrawn ?? [];
  assert.ok(reported !== undefined);
  const { declared, cost } = reported.body as { declared: number; cost: number };
  assert.deepEqual([reported.kind, declared, cost], ['budget.overdrawn', 60, 75]);
  const { rows } = await pool.query(`select from reeve.entry where kind = 'budget.overdrawn'`);
  assert.equal(rows.length, 1);
  await clear();
});

test('an outcome that another process settles is billed from the record', async () => {
  await set('recovered', {});
  const permit = await pass(claimOf(60));
  // As after a crash: nothing is remembered.
  reservations.take(permit);
  await settle(permit, done(20), true);
  assert.deepEqual(await account('recovered'), [[20, 0, 0, 0]]);
  await clear();
});

test('what people let pass is counted beside the cap: it takes no room, and leaves none behind when it comes to less', async () => {
  await set('asks', { atLimit: 'ask' });
  const held = await pass(claimOf(90));
  await assert.rejects(pass(claimOf(60)), Conflict);
  assert.deepEqual(claimOf(60).exhausted, ['ask']);
  const lifted = claimOf(60, ['budget-asks']);
  assert.deepEqual([lifted.exhausted, lifted.hold({ kind: 'permitted', policies: [] }).kind], [[], 'permitted']);
  const permit = await pass(lifted);
  assert.deepEqual(await account('asks'), [[0, 150, 60, 0]]);
  const fits = await pass(claimOf(10));
  await assert.rejects(pass(claimOf(1)), Conflict);
  await settle(permit, done(20));
  assert.deepEqual(await account('asks'), [[20, 100, 20, 0]]);
  await assert.rejects(pass(claimOf(1)), Conflict, "the 40 that were not used are nobody else's");
  await settle(held, done(90));
  await settle(fits, rejected);
  assert.deepEqual(await account('asks'), [[110, 0, 20, 0]]);
  await clear();
});

test('people who were asked about a budget are still asked the same when there may be room again', async () => {
  await set('asked', { atLimit: 'ask' });
  assert.deepEqual(claimOf(10, [], ['budget-asks']).exhausted, ['ask']);
  assert.deepEqual(claimOf(10, [], ['amount-over-limit']).exhausted, []);
  const rows = claimOf(10, ['budget-asks'], ['budget-asks']).rows(derivedId('permit', 'any'));
  assert.deepEqual(
    rows.map(({ lift }) => lift),
    [false],
    'nothing is let pass that has room',
  );
  await clear();
});

test('a budget that refuses is not lifted by an answer to one that asks', async () => {
  await set('both-ask', { atLimit: 'ask' });
  await set('both-refuse', {});
  await pass(claimOf(90));
  await assert.rejects(pass(claimOf(20)), Conflict);
  await assert.rejects(pass(claimOf(20, ['budget-asks'])), Conflict);
  assert.deepEqual(claimOf(20, ['budget-asks']).exhausted, ['refuse']);
  assert.equal(claimOf(20, ['budget-asks']).hold({ kind: 'permitted', policies: [] }).kind, 'refused');
  await clear();
});

test('a tool whose cost cannot be told is refused, and only where a budget asks for it', async () => {
  assert.equal(claimOf(0.5).hold({ kind: 'permitted', policies: [] }).kind, 'permitted');
  await set('costs', {});
  const verdict = claimOf(0.5).hold({ kind: 'permitted', policies: [] });
  assert.equal(verdict.kind === 'refused' && verdict.code, 'judging-failed');
  await clear();
});

test('room that an act holds although it is over is freed and reported; what is in doubt keeps it', async () => {
  await set('leaks', { measure: 'tokens', cap: 1_000 });
  const [leak, doubt, open] = [await pass(claimOf(60)), await pass(claimOf(60)), await pass(claimOf(60))];
  await pool.query(`update reeve.effect set state = 'failed' where permit = $1`, [leak]);
  await pool.query(`update reeve.effect set state = 'unknown' where permit = $1`, [doubt]);
  clock.advance(60_000);
  await sweep();
  assert.deepEqual(await account('leaks'), [[0, 120, 0, 0]]);
  const { rows } = await pool.query<{ permit: string }>(
    `select body::jsonb #>> '{body,permit}' as permit from reeve.entry where kind = 'budget.released'`,
  );
  assert.deepEqual(rows, [{ permit: leak }]);
  for (const kept of [doubt, open]) {
    await assert.rejects(writer.append({ entries: [], releases: [{ permit: kept }] }), Conflict);
    await settle(kept, rejected);
  }
  await clear();
});

test('one over budget does not make the others of its batch be written one by one', async () => {
  await set('batch', { of: { agent: 'clerk.north' }, cap: 0 });
  const over = claimOf(1);
  const commits = writer.stats().commits;
  const entry = { kind: 'run.ended' as const, tenant: 'north' as TenantId, run: null, agent: null, body: {} };
  const results = await Promise.allSettled([
    ...Array.from({ length: 50 }, () => writer.append({ entries: [entry] })),
    pass(over),
    ...Array.from({ length: 50 }, () => writer.append({ entries: [entry] })),
  ]);
  assert.equal(results.filter(({ status }) => status === 'rejected').length, 1);
  assert.ok(writer.stats().commits - commits <= 3, String(writer.stats().commits - commits));
  await clear();
});

test('one person may add and lower a budget; raising and removing it takes a second one', async () => {
  assert.equal((await set('change', { cap: 100 })).state, 'carried');
  assert.equal((await set('change', { cap: 50 })).state, 'carried');
  const raised = await set('change', { cap: 51 });
  assert.equal(raised.state, 'proposed');
  assert.equal((await budgets.list('*'))[0]?.cap, 50);
  await assert.rejects(motions.second(anna, raised.id), code('needs-second-person'));
  await motions.second(berta, raised.id);
  assert.equal((await budgets.list('*'))[0]?.cap, 51);
  const removed = await set('change', null);
  assert.equal(removed.state, 'proposed');
  await motions.second(berta, removed.id);
  assert.deepEqual(await budgets.list('*'), []);
  await assert.rejects(set('change', null), code('not-found'));
});

test('what would tighten a budget as it was seen is not carried out on a stricter one', async () => {
  await set('seen', { cap: 100 });
  const wish = { tenant: 'north', name: 'seen', terms: { ...plain, cap: 80 }, reason: 'tests', rev: 1 };
  await set('seen', { cap: 50 });
  await assert.rejects(budgets.change(anna, wish), code('changed-meanwhile'));
  const both = await Promise.allSettled([set('seen', { cap: 10 }), set('seen', { cap: 40 }, berta)]);
  const lost = both.filter(({ status }) => status === 'rejected');
  assert.equal(lost.length, 1);
  assert.ok(code('changed-meanwhile')((lost[0] as PromiseRejectedResult).reason));
  await clear();
});

test('who may not, and what does not exist, is told so', async () => {
  await assert.rejects(set('x', {}, person('otto', '*', 'operator')), code('forbidden'));
  await assert.rejects(set('x', {}, person('sue', 'south')), code('forbidden'));
  await assert.rejects(set('x', {}, person('nora', 'north'), '*'), code('forbidden'));
  await assert.rejects(set('x', { of: { agent: 'clerk.south' } }), code('unknown-agent'));
  await assert.rejects(set('x', { of: { role: 'nobody' } }), code('unknown-agent'));
  await assert.rejects(set('x', {}, anna, 'west'), code('unknown-tenant'));
  await assert.rejects(set('x', { per: 'everything' }), code('bad-request'));
  await assert.rejects(set('x', { of: { tenant: 'south' } }), code('bad-request'));
  await assert.rejects(set('x', { cap: -1 }), code('bad-request'));
  await assert.rejects(set('X/../y', {}), code('bad-request'));
  assert.deepEqual(await budgets.list('*'), []);
});

test('a budget of every tenant shows each its own accounts, and none of the others', async () => {
  await set('all', { cap: 1_000 }, anna, '*');
  await set('own', {}, anna, 'south');
  await pass(claimOf(10));
  await pass(claimOf(20, [], [], 'south'));
  const shown = async (...tenants: string[]) =>
    (await budgets.list(tenants as TenantId[])).map(({ id, accounts }) => [
      id,
      ...accounts.map(({ of, left }) => `${of} ${left}`),
    ]);
  assert.deepEqual(await shown('north'), [['platform/all', 'tenant:north 990']]);
  assert.deepEqual(await shown('south'), [
    ['platform/all', 'tenant:south 980'],
    ['south/own', 'tenant:south 80'],
  ]);
  clock.advance(86_400_000);
  assert.deepEqual(await shown('north'), [['platform/all']], 'a new day is a new account');
  await clear();
});
