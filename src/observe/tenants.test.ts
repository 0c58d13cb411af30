import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Pool } from 'pg';
import { migrate, openPool, openReaderPool, readConfig, startHost, type Host, type ReaderPool } from '../host/index.ts';
import type { ApprovalId, Digest, EventId, PermitId, RunId } from '../vocabulary/index.ts';
import { countRecord, createReadModel, type ReadModel } from './index.ts';

// The record of two tenants in the embedded database, read as the API reads it.
const TENANTS = ['north', 'south'] as const;
const dataDir = mkdtempSync(join(tmpdir(), 'reeve-tenants-'));
let host: Host;
let owner: Pool;
let reader: ReaderPool;

const idOf = (prefix: string, tenant: string) => `${prefix}_${tenant === 'north' ? '1'.repeat(32) : '2'.repeat(32)}`;

before(
  async () => {
    host = await startHost(readConfig({}, { dataDir, port: 0 }));
    await migrate(host.databaseUrl);
    owner = openPool(host.databaseUrl);
    reader = openReaderPool(host.databaseUrl, { connections: 4 });
    for (const [index, tenant] of TENANTS.entries()) await fill(tenant, index + 1);
  },
  { timeout: 60_000 },
);
after(async () => {
  await reader?.end();
  await owner?.end();
  await host?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

async function fill(tenant: string, seq: number): Promise<void> {
  const [event, run, permit, approval] = ['evt', 'run', 'prm', 'apr'].map((prefix) => idOf(prefix, tenant));
  const entry = JSON.stringify({ seq, kind: 'intent.permitted', tenant, run, agent: 'a', at: '', body: {} });
  const statements: [string, unknown[]][] = [
    [
      `insert into reeve.entry values ($1, 'intent.permitted', $2, $3, 'a', now(), $4, '\\x00', '\\x00')`,
      [seq, tenant, run, entry],
    ],
    [
      `insert into reeve.event (id, seq, tenant, type, source, source_id, subject, time, data, data_digest, label, dedupe_key)
       values ($1, $2, $3, 't', 's', $1, 'x', '', '{}', 'd', '{}', $1)`,
      [event, seq, tenant],
    ],
    [
      `insert into reeve.run (id, seq, tenant, agent, agent_version, event, subject, state, admitted_at)
       values ($1, $2, $3, 'a', 'v', $4, 'x', 'waiting', now())`,
      [run, seq, tenant, event],
    ],
    [
      `insert into reeve.effect (permit, seq, run, step, tenant, agent, tool, tool_digest, class, state, arguments,
         arguments_digest, intended_at) values ($1, $2, $3, 1, $4, 'a', 't', 'd', 'E1', 'waiting', '{}', 'd', now())`,
      [permit, seq, run, tenant],
    ],
    [
      `insert into reeve.approval (id, seq, run, step, tenant, agent, tool, intent_digest, policies, roles, asked_at,
         expires_at, permit) values ($1, $2, $3, 1, $4, 'a', 't', 'd', '{p}', '{r}', now(), now() + interval '1 day', $5)`,
      [approval, seq, run, tenant, permit],
    ],
    [`insert into reeve.judged_case values ($1, $2)`, [`case-${tenant}`, JSON.stringify({ agent: { tenant } })]],
    [`insert into reeve.document values ('budget', $1, 1, $1, 'in-force', null, '{}', now())`, [tenant]],
    [`insert into reeve.agent values ($1, $2, 'r', 'u', 'v', '{}', now())`, [`agent-${tenant}`, tenant]],
  ];
  for (const [text, values] of statements) await owner.query(text, values);
}

/** Everything that the read model can be asked for, of one tenant's ids: how many rows came, and of which tenants. */
async function readAll(model: ReadModel, of: string): Promise<Record<string, readonly unknown[]>> {
  const list = <T>(one: T | null) => (one === null ? [] : [one]);
  const run = idOf('run', of) as RunId;
  const seq = of === 'north' ? 1 : 2;
  return {
    'runs.list': await model.runs.list({}, null, 10),
    'runs.list of a tenant': await model.runs.list({ tenant: of as never }, null, 10),
    'runs.list of a type': await model.runs.list({ type: 't' }, { seq: 9, id: run }, 10),
    'runs.get': list(await model.runs.get(run)),
    'runs.ofEvent': await model.runs.ofEvent(seq),
    'runs.effects': await model.runs.effects(run),
    'entries.list': (await model.entries.list({}, 0, 10)).map(({ entry }) => entry),
    'entries.list of a run': (await model.entries.list({ run }, 0, 10)).map(({ entry }) => entry),
    'entries.get': list((await model.entries.get(seq))?.entry ?? null),
    'decisions.list': await model.decisions.list(0, 10),
    'decisions.cases': [...(await model.decisions.cases([`case-${of}` as Digest])).values()].map(
      (text) => (JSON.parse(text) as { agent: object }).agent,
    ),
    'events.get': list(await model.events.get(idOf('evt', of) as EventId)),
    'approvals.list': await model.approvals.list({ state: 'pending' }, null, 10),
    'approvals.list, next page': await model.approvals.list({ state: 'pending' }, { at: 0, id: '' }, 10),
    'approvals.find': list(await model.approvals.find(idOf('apr', of) as ApprovalId)),
    'approvals.rounds': await model.approvals.rounds(idOf('prm', of) as PermitId),
  };
}

const tenantsIn = (rows: readonly unknown[]) => [
  ...new Set(rows.map((row) => (row as { tenant?: string }).tenant ?? '(not said)')),
];

test('tenants-do-not-meet: with no tenant set, no reader of the read model returns a row', async () => {
  for (const of of TENANTS) {
    const read = await readAll(createReadModel(reader.of([])), of);
    for (const [name, rows] of Object.entries(read)) assert.deepEqual(rows, [], name);
  }
  const { events, entries, approvalsPending, runs } = await countRecord(reader.of([]));
  assert.deepEqual([events, entries, approvalsPending, runs.waiting], [0, 0, 0, 0]);
  // A connection on which nothing was ever set, as somebody would open one who forgot.
  const forgetful = openPool(host.databaseUrl, { connections: 1, role: 'reeve_reader' });
  try {
    for (const table of await readable()) {
      const { rowCount } = await forgetful.query(`select 1 from reeve.${table} limit 1`);
      assert.equal(rowCount, 0, table);
    }
  } finally {
    await forgetful.end();
  }
});

test('tenants-do-not-meet: rows of another tenant are like rows that are not there', async () => {
  for (const [of, other] of [TENANTS, [...TENANTS].toReversed()] as const) {
    const own = await readAll(createReadModel(reader.of([String(of)])), String(of));
    const foreign = await readAll(createReadModel(reader.of([String(of)])), String(other));
    for (const [name, rows] of Object.entries(own)) {
      assert.ok(rows.length > 0, `${name} finds what it may`);
      const tenants = tenantsIn(rows).filter((tenant) => tenant !== '(not said)');
      assert.deepEqual(tenants, tenants.length === 0 ? [] : [of], name);
    }
    for (const [name, rows] of Object.entries(foreign)) assert.ok(!tenantsIn(rows).includes(String(other)), name);
    for (const asked of ['runs.get', 'runs.effects', 'entries.get', 'decisions.cases', 'events.get'])
      assert.deepEqual(foreign[asked], [], asked);
  }
  const all = await readAll(createReadModel(reader.of('*')), 'north');
  assert.deepEqual(tenantsIn(all['runs.list'] ?? []).toSorted(), ['north', 'south']);
});

test('tenants-do-not-meet: every table is under row-level security that binds its owner', async () => {
  const { rows } = await owner.query<{ name: string }>(
    `select relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'reeve' and relkind = 'r' and not (relrowsecurity and relforcerowsecurity)`,
  );
  assert.deepEqual(rows, []);
  assert.ok((await readable()).length >= 8);
});

test('who reads for people cannot write, nor see who comes in', async () => {
  const asReader = reader.of('*');
  for (const text of [
    `update reeve.run set why = 'x'`,
    'delete from reeve.entry',
    `insert into reeve.agent values ('x', 'north', 'r', 'u', 'v', '{}', now())`,
    'select * from reeve_identity.account',
    'select * from reeve_identity.credential',
    `select reeve.append('{}')`,
  ]) {
    await assert.rejects(asReader.query(text), /permission denied/, text);
  }
});

test('tenants-do-not-meet: thousands of reads over a few connections never see what the one before saw', async () => {
  const models = { north: createReadModel(reader.of(['north'])), south: createReadModel(reader.of(['south'])) };
  const nobody = createReadModel(reader.of([]));
  let wrong = 0;
  let seen = 0;
  await Promise.all(
    Array.from({ length: 3_000 }, async (_, index) => {
      const tenant = TENANTS[(index * 7919) % 5 < 2 ? 0 : 1] ?? 'north';
      const rows = await (index % 11 === 0 ? nobody : models[tenant]).runs.list({}, null, 10);
      seen += rows.length;
      if (index % 11 === 0 ? rows.length > 0 : rows.length !== 1 || rows[0]?.tenant !== tenant) wrong += 1;
      // A statement that fails on the way leaves nothing behind either.
      if (index % 97 === 0) await assert.rejects(reader.of([tenant]).query('select 1 / 0'));
    }),
  );
  assert.equal(wrong, 0);
  assert.ok(seen > 2_000);
});

async function readable(): Promise<readonly string[]> {
  const { rows } = await owner.query<{ name: string }>(
    `select table_name as name from information_schema.role_table_grants
     where grantee = 'reeve_reader' and table_schema = 'reeve' and privilege_type = 'SELECT'`,
  );
  return rows.map(({ name }) => name);
}
