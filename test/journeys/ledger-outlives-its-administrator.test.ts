import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { migrate, openPool, readConfig, startHost, type Host } from '../../src/host/index.ts';
import {
  checkReceipt,
  exportToFile,
  openFileWitness,
  openLogKey,
  openWriter,
  pgEntrySource,
  startSealer,
  verifyFile,
  type LedgerWriter,
  type NoteSigner,
  type Sealer,
  type Verification,
} from '../../src/ledger/index.ts';
import { systemClock as clock, type EntryDraft, type TenantId } from '../../src/vocabulary/index.ts';

// Entries go into a real PostgreSQL, are sealed while they come, and an administrator with all rights tampers with them.
const dataDir = mkdtempSync(join(tmpdir(), 'reeve-sealed-'));
const witnessPath = join(dataDir, 'witness', 'checkpoints');
const faults: string[] = [];
// The ledger needs no engine: something that says it is well is enough.
const engine = createServer((_, response) => response.end('{}'));
let host: Host;
let pool: ReturnType<typeof openPool>;
let writer: LedgerWriter;
let key: NoteSigner;
let sealer: Sealer;

async function start(): Promise<Sealer> {
  const witness = await openFileWitness({ path: witnessPath, vkey: key.vkey, clock });
  const source = pgEntrySource(pool);
  return startSealer({ source, key, witness, clock, everyMs: 50, onFault: (fault) => faults.push(fault.message) });
}

async function appendMany(count: number): Promise<void> {
  const draft: EntryDraft = {
    kind: 'run.ended',
    tenant: 'north' as TenantId,
    run: null,
    agent: null,
    body: { state: 'done' },
  };
  await Promise.all(Array.from({ length: count }, () => writer.append({ entries: [draft] }).then(sealer.appended)));
}

async function verified(name: string, witness?: string): Promise<Verification> {
  const path = join(dataDir, `${name}.reeve-ledger.jsonl`);
  await exportToFile(path, { source: pgEntrySource(pool), vkey: key.vkey });
  return verifyFile(path, { vkey: key.vkey, ...(witness === undefined ? {} : { witness }) });
}

/** As the owner of the tables, who can switch their guards off. */
async function tamper(...statements: readonly string[]): Promise<void> {
  const guards = (what: 'disable' | 'enable'): string[] =>
    ['entry', 'checkpoint'].map((table) => `alter table reeve.${table} ${what} trigger user`);
  for (const sql of [...guards('disable'), ...statements, ...guards('enable')]) await pool.query(sql);
}

before(
  async () => {
    await new Promise<void>((resolve) => engine.listen(0, '127.0.0.1', resolve));
    const address = `http://127.0.0.1:${(engine.address() as AddressInfo).port}`;
    const settings = { dataDir: join(dataDir, 'data'), restateIngress: address, restateAdmin: address };
    host = await startHost(readConfig({}, settings));
    await migrate(host.databaseUrl);
    pool = openPool(host.databaseUrl);
    writer = await openWriter({ url: host.databaseUrl, clock });
    key = await openLogKey({ dir: join(dataDir, 'keys'), logExists: false });
    sealer = await start();
  },
  { timeout: 120_000 },
);
after(
  async () => {
    await sealer?.stop();
    await writer?.close();
    await pool?.end();
    await host?.stop();
    engine.closeAllConnections();
    engine.close();
    rmSync(dataDir, { recursive: true, force: true });
  },
  { timeout: 60_000 },
);

test('entries are sealed as they come, proven by receipts, and verify offline', async () => {
  await appendMany(2_500);
  const checkpoint = await sealer.sealNow();
  assert.equal(checkpoint?.size, 2_500);
  const receipt = await sealer.receipt(1_234);
  const [entry] = await pgEntrySource(pool).entriesAfter(1_233, 1);
  assert.ok(receipt && entry && checkReceipt(entry.body, receipt.file, key).ok);
  const found = await verified('good', readFileSync(witnessPath, 'utf8'));
  assert.deepEqual([found.ok, found.entries, found.sealed, found.witnessed], [true, 2_500, 2_500, 2_500]);
});

test('ledger-only-grows: update, delete and truncate are refused, also to the owner of the tables', async () => {
  for (const table of ['entry', 'checkpoint']) {
    for (const sql of [
      `update reeve.${table} set at = now()`,
      `delete from reeve.${table}`,
      `truncate reeve.${table}`,
    ]) {
      await assert.rejects(pool.query(sql), /the record only grows/, sql);
    }
  }
});

test('a restart rebuilds the tree and goes on', async () => {
  await sealer.stop();
  sealer = await start();
  assert.equal(sealer.latest()?.size, 2_500);
  await appendMany(10);
  assert.equal((await sealer.sealNow())?.size, 2_510);
  assert.deepEqual(faults, []);
});

test('an entry edited behind the guards is named by the export, also when its leaf is made to fit', async () => {
  await tamper(`update reeve.entry set body = replace(body, 'done', 'failed') where seq = 777`);
  assert.equal((await verified('edited')).firstBad?.seq, 777);
  await tamper(`update reeve.entry set leaf = sha256('\\x00'::bytea || convert_to(body, 'UTF8')) where seq = 777`);
  assert.equal((await verified('edited-leaf')).firstBad?.seq, 777);
  // The next start sees it too: what was sealed is no longer what is on record.
  await sealer.stop();
  await assert.rejects(start(), { code: 'verification-failed' });
  await tamper(
    `update reeve.entry set body = replace(body, 'failed', 'done') where seq = 777`,
    `update reeve.entry set leaf = sha256('\\x00'::bytea || convert_to(body, 'UTF8')) where seq = 777`,
  );
  sealer = await start();
});

test('an end cut off together with its checkpoints is found by the witness', async () => {
  await sealer.stop();
  const witness = readFileSync(witnessPath, 'utf8');
  const { rows } = await pool.query<{ size: string }>(
    'select size from reeve.checkpoint order by size desc offset 1 limit 1',
  );
  const left = Number(rows[0]!.size);
  await tamper(`delete from reeve.checkpoint where size > ${left}`, `delete from reeve.entry where seq > ${left}`);
  assert.equal((await verified('cut')).ok, true, 'without witness it looks whole: said so in docs/ledger-file.md');
  assert.equal((await verified('cut-witnessed', witness)).firstBad?.seq, left + 1);
  await assert.rejects(start(), { code: 'verification-failed', message: /the witness saw 2510/ });
});
