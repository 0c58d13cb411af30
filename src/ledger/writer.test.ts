import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Pool } from 'pg';
// The database under test is the embedded one: a test may stand on more than its folder.
import { migrate, openPool, readConfig, startHost, type Host } from '../host/index.ts';
import { RetryLater, systemClock, type TenantId } from '../vocabulary/index.ts';
import { Conflict, LawMoved, openWriter, type Change, type LedgerWriter } from './index.ts';

let host: Host;
let pool: Pool;
let writer: LedgerWriter;
const dataDir = mkdtempSync(join(tmpdir(), 'reeve-writer-'));

before(async () => {
  // The engine is not needed here: an address where nothing answers would be checked, so the embedded one is started.
  host = await startHost(readConfig({}, { dataDir, port: 0 }));
  await migrate(host.databaseUrl);
  pool = openPool(host.databaseUrl);
  writer = await openWriter({ url: host.databaseUrl, clock: systemClock });
});

after(async () => {
  await writer.close();
  await pool.end();
  await host.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const note = (text: string, more: Partial<Change> = {}): Change => ({
  entries: [{ kind: 'run.ended', tenant: 'north' as TenantId, run: null, agent: null, body: { text } }],
  ...more,
});

const event = (id: string): NonNullable<Change['events']> => [
  {
    entry: 0,
    id,
    tenant: 'north',
    type: 'x',
    source: 's',
    source_id: id,
    subject: id,
    time: '2026-01-01T00:00:00Z',
    data: '{}',
    data_digest: 'sha256:0',
    label: {},
    dedupe_key: id,
    principal: null,
    root: null,
    depth: 0,
    trail: null,
  },
];

test('appends share commits, and their numbers are dense and in order', async () => {
  const before_ = writer.stats().commits;
  const seqs = await Promise.all(Array.from({ length: 200 }, (_, n) => writer.append(note(`n-${n}`))));
  assert.deepEqual(
    seqs,
    Array.from({ length: 200 }, (_, n) => (seqs[0] as number) + n),
  );
  assert.ok(writer.stats().commits - before_ <= 3);
});

test('one after another, every append is taken up', async () => {
  for (let n = 0; n < 300; n++) await writer.append(note(`alone-${n}`));
});

test('one at fault fails alone', async () => {
  await writer.append(note('first', { events: event('evt-1') }));
  const results = await Promise.allSettled([
    writer.append(note('good')),
    writer.append(note('again', { events: event('evt-1') })),
    writer.append(note('also good')),
  ]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
  assert.ok((results[1] as PromiseRejectedResult).reason instanceof Conflict);
});

test('INVARIANT (write-before-act): what was judged under an older law is not written', async () => {
  const law = writer.law();
  await writer.append(note('the law changes', { changesLaw: true }));
  await assert.rejects(writer.append(note('judged before', { judgedUnder: law })), LawMoved);
  await writer.append(note('judged since', { judgedUnder: writer.law() }));
});

test('an append behind a change of the law in the same queue is judged by the new one', async () => {
  const law = writer.law();
  const results = await Promise.allSettled([
    writer.append(note('before', { judgedUnder: law })),
    writer.append(note('change', { changesLaw: true })),
    writer.append(note('after', { judgedUnder: law })),
  ]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'rejected'],
  );
});

test('INVARIANT (one-writer): of two writers, the slower one reads the head again, and no number is given twice', async () => {
  const other = await openWriter({ url: host.databaseUrl, clock: systemClock });
  const seqs = await Promise.all(
    Array.from({ length: 60 }, (_, n) => (n % 2 === 0 ? writer : other).append(note(`two-${n}`))),
  );
  assert.equal(new Set(seqs).size, 60);
  await other.close();
});

test('a database killed under a hundred appends takes each of them exactly once', async () => {
  const appended = Array.from({ length: 100 }, async (_, n) => {
    await new Promise((resolve) => setTimeout(resolve, n * 2));
    return writer.append(note(`killed-${n}`));
  });
  setTimeout(() => process.kill(host.children.postgres?.pid ?? 0, 'SIGKILL'), 80);
  const seqs = await Promise.all(appended);
  const { rows } = await pool.query<{ seq: string; text: string }>(
    `select seq, body::jsonb -> 'body' ->> 'text' as text from reeve.entry where body like '%killed-%' order by seq`,
  );
  assert.equal(rows.length, 100);
  for (const { seq, text } of rows) assert.equal(seqs[Number(text.split('-')[1])], Number(seq));
});

/** A way to the database that can be cut on our side only, so that the server still works on what it was given. */
async function cuttable(): Promise<{ url: string; cut(): void; close(): void }> {
  const to = new URL(host.databaseUrl);
  const ours = new Set<Socket>();
  const server = createServer((socket) => {
    ours.add(socket);
    const upstream = connect(Number(to.port), to.hostname);
    upstream.on('error', () => undefined);
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => upstream.write(bytes));
    upstream.on('data', (bytes) => void (socket.destroyed || socket.write(bytes)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(host.databaseUrl);
  url.port = String((server.address() as AddressInfo).port);
  url.hostname = '127.0.0.1';
  const cut = () => {
    for (const socket of ours) socket.destroy();
    ours.clear();
  };
  return {
    url: url.href,
    cut,
    close() {
      cut();
      server.close();
    },
  };
}

/** Keeps every append waiting until it is let go. */
async function holdHead(): Promise<() => Promise<void>> {
  const client = await pool.connect();
  await client.query('begin; select from reeve.head for update');
  return async () => {
    await client.query('rollback');
    client.release();
  };
}

const soon = (ms = 300) => new Promise((resolve) => setTimeout(resolve, ms));

test('a statement that commits after its connection was lost is on record once', async () => {
  const way = await cuttable();
  const cutOff = await openWriter({ url: way.url, clock: systemClock });
  const letGo = await holdHead();
  const appended = cutOff.append(note('cut-off'));
  await soon();
  way.cut();
  await soon(600);
  await letGo();
  const seq = await appended;
  const { rows } = await pool.query<{ seq: string }>(`select seq from reeve.entry where body like '%cut-off%'`);
  assert.deepEqual(
    rows.map((row) => Number(row.seq)),
    [seq],
  );
  await cutOff.close();
  way.close();
});

test('what goes first goes before all that is not on record yet, also before what was sent in vain', async () => {
  const way = await cuttable();
  const cutOff = await openWriter({ url: way.url, clock: systemClock });
  try {
    const letGo = await holdHead();
    const sent = cutOff.append(note('sent'));
    await soon();
    const queued = cutOff.append(note('queued', { judgedUnder: cutOff.law() }));
    // What was judged before it is judged again.
    const isJudgedAgain = assert.rejects(queued, LawMoved);
    const stop = cutOff.append(note('stop', { changesLaw: true }), { first: true });
    const next = cutOff.append(note('next stop', { changesLaw: true }), { first: true });
    // The statement that is under way dies with its backend, and is not on record.
    await pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where application_name = 'reeve ledger' and query like '%append%' and wait_event_type = 'Lock'`,
    );
    await letGo();
    const [atStop, atNext, atSent] = await Promise.all([stop, next, sent]);
    assert.deepEqual([atNext - atStop, atSent - atStop], [1, 2], 'stop, next stop, and then what was sent before them');
    await isJudgedAgain;
  } finally {
    await cutOff.close();
    way.close();
  }
});

test('an append without entries is not taken for done when its connection was lost', async () => {
  const letGo = await holdHead();
  const appended = writer.append({ entries: [], sources: [{ name: 'lost', position: 7 }] });
  await soon();
  await pool.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'reeve ledger'`);
  await soon();
  await letGo();
  await appended;
  const { rows } = await pool.query<{ position: string }>(`select position from reeve.source where name = 'lost'`);
  assert.deepEqual(rows, [{ position: '7' }]);
});

test(
  'closing while the database is away comes to an end, and what was pending is told',
  { timeout: 20_000 },
  async () => {
    const way = await cuttable();
    const cutOff = await openWriter({ url: way.url, clock: systemClock });
    way.close();
    const appended = Promise.all([cutOff.append(note('never-1')), cutOff.append(note('never-2'))]);
    await Promise.all([assert.rejects(appended, RetryLater), cutOff.close()]);
  },
);

test('INVARIANT (ledger-only-grows): the database refuses to change, delete or empty the record, to everyone', async () => {
  await writer.append(note('to stay'));
  for (const attack of [
    `update reeve.entry set kind = 'x'`,
    'delete from reeve.entry',
    'truncate reeve.entry',
    'delete from reeve.checkpoint',
    'truncate reeve.checkpoint',
  ]) {
    await assert.rejects(pool.query(attack), /only grows|permission denied/, attack);
  }
  const client = await pool.connect();
  await client.query('set role reeve_app');
  await assert.rejects(client.query('delete from reeve.entry'), /permission denied/);
  await assert.rejects(client.query('alter table reeve.entry disable trigger all'), /must be owner|permission denied/);
  client.release(true);
});

test('an approval is used in time by the time that goes on record, however long the act waited for its turn', async () => {
  const at = Date.now();
  const content = (expiresAt: number) => ({ bound: { expiresAt } });
  const row = {
    permit: 'p',
    run: 'r',
    step: 0,
    tenant: 'north',
    agent: 'a',
    tool: 't',
    intent_digest: 'd',
    policies: [],
    roles: [],
  };
  const times = { expires_at: new Date(at).toISOString(), due_at: new Date(at).toISOString() };
  const ask = (id: string) =>
    writer.append(note(id, { approvals: [{ entry: 0, id, ...row, ...times, content: content(at) }] }));
  const use = (id: string, expiresAt: number) =>
    writer.append({
      entries: [],
      approvalMoves: [
        {
          id,
          rev: 2,
          state: 'consumed',
          intent_digest: 'd',
          policies: [],
          roles: [],
          due_at: null,
          content: content(expiresAt),
        },
      ],
    });
  await ask('apr-late');
  await ask('apr-in-time');
  await assert.rejects(use('apr-late', at - 1_000), { on: 'rev', what: 'apr-late' });
  await use('apr-in-time', at + 3_600_000);
});
