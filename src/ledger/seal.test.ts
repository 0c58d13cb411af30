import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EntryDraft, TenantId } from '../vocabulary/index.ts';
import { memorySource, type MemorySource } from './memory-source.ts';
import { checkReceipt } from './receipt.ts';
import { startSealer, type Sealer, type SealerOptions } from './seal.ts';
import { newSigner, type NoteSigner } from './signed-note.ts';
import { openFileWitness } from './witness.ts';

const clock = { now: () => Date.parse('2026-11-22T12:00:00Z') };
const draft: EntryDraft = {
  kind: 'run.ended',
  tenant: 'north' as TenantId,
  run: null,
  agent: null,
  body: { ok: true },
};

interface Setup {
  readonly source: MemorySource;
  readonly key: NoteSigner;
  readonly witnessFile: string;
  readonly faults: string[];
  fill(count: number): void;
  start(more?: Partial<SealerOptions>): Promise<Sealer>;
}

function setup(t: TestContext): Setup {
  const dir = mkdtempSync(join(tmpdir(), 'reeve-seal-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const source = memorySource();
  const key = newSigner('example.com/log');
  const witnessFile = join(dir, 'checkpoints');
  const faults: string[] = [];
  return {
    source,
    key,
    witnessFile,
    faults,
    fill(count) {
      for (let i = 0; i < count; i++) source.append(draft, '2026-11-22T12:00:00.000Z');
    },
    async start(more = {}) {
      const witness = await openFileWitness({ path: witnessFile, vkey: key.vkey, clock });
      const onFault = (fault: Error): void => void faults.push(fault.message);
      const sealer = await startSealer({ source, key, witness, clock, everyMs: 3_600_000, onFault, ...more });
      t.after(() => sealer.stop());
      return sealer;
    },
  };
}

test('new entries come under a checkpoint on record, which the witness has as soon as it is made', async (t) => {
  const s = setup(t);
  const sealer = await s.start({ everyEntries: 10 });
  assert.equal(await sealer.sealNow(), null);
  s.fill(25);
  assert.equal((await sealer.sealNow())?.size, 25);
  assert.deepEqual(
    s.source.checkpoints.map((c) => c.size),
    [10, 20, 25],
    'at most ten entries under each',
  );
  assert.equal(readFileSync(s.witnessFile, 'utf8').trimEnd().split('\n').length, 3);
  await sealer.sealNow();
  assert.equal(s.source.checkpoints.length, 3, 'nothing new, nothing signed');
  assert.deepEqual(s.faults, []);
});

test('sealing happens by itself: by the clock, and at once when enough entries wait', async (t) => {
  const s = setup(t);
  const byClock = await s.start({ everyMs: 5 });
  s.fill(3);
  for (let i = 0; i < 200 && byClock.latest()?.size !== 3; i++) await sleep(5);
  assert.equal(byClock.latest()?.size, 3);
  await byClock.stop();
  const byCount = await s.start({ everyEntries: 10 });
  s.fill(10);
  byCount.appended(12);
  byCount.appended(13);
  for (let i = 0; i < 200 && byCount.latest()?.size !== 13; i++) await sleep(5);
  assert.equal(byCount.latest()?.size, 13);
});

test('stopping seals what is left', async (t) => {
  const s = setup(t);
  const sealer = await s.start();
  s.fill(4);
  await sealer.stop();
  assert.equal(s.source.checkpoints.at(-1)?.size, 4);
});

test('a restart goes on from where it was, and receipts of both lives verify', async (t) => {
  const s = setup(t);
  s.fill(700);
  await (await s.start()).stop();
  const sealer = await s.start();
  assert.equal(sealer.latest()?.size, 700);
  s.fill(50);
  await sealer.sealNow();
  for (const seq of [1, 256, 257, 700, 701, 750]) {
    const receipt = await sealer.receipt(seq);
    assert.ok(receipt);
    const checked = checkReceipt(s.source.entries[seq - 1]!.body, receipt.file, s.key);
    assert.ok(checked.ok && checked.seq === seq && checked.checkpoint.size === 750);
    assert.ok(!checkReceipt(s.source.entries[seq % 750]!.body, receipt.file, s.key).ok, 'another entry');
    assert.ok(!checkReceipt(s.source.entries[seq - 1]!.body, receipt.file.replace('index ', 'index 1'), s.key).ok);
  }
  assert.equal(await sealer.receipt(751), null);
  assert.equal(await sealer.receipt(0), null);
  assert.ok(!checkReceipt('', 'garbage', s.key).ok);
});

const tampering: Record<string, (source: MemorySource) => void> = {
  'an edited text': ({ entries }) =>
    void (entries[12] = { ...entries[12]!, body: entries[12]!.body.replace('true', 'false') }),
  'a chain value that does not follow': ({ entries }) =>
    void (entries[12] = { ...entries[12]!, chain: entries[3]!.chain }),
  'a missing entry': ({ entries }) => void entries.splice(12, 1),
};
for (const [what, tamper] of Object.entries(tampering)) {
  test(`INVARIANT (nothing-false-is-signed): ${what} stops sealing, loudly and for good`, async (t) => {
    const s = setup(t);
    const sealer = await s.start();
    s.fill(10);
    await sealer.sealNow();
    s.fill(10);
    tamper(s.source);
    await assert.rejects(sealer.sealNow(), { name: 'GiveUp', code: 'verification-failed', message: /entry 1[34] / });
    assert.equal(s.faults.length, 1);
    assert.equal(sealer.latest()?.size, 10);
    await assert.rejects(sealer.sealNow(), { code: 'verification-failed' });
    assert.equal(s.source.checkpoints.length, 1);
  });
}

test('a start is refused when the sealed record was rewritten, cut, or signed by another key', async (t) => {
  const s = setup(t);
  s.fill(20);
  await (await s.start()).stop();
  const refused = { name: 'GiveUp', code: 'verification-failed' };
  const [last] = s.source.entries.slice(-1);
  s.source.entries.pop();
  await assert.rejects(s.start(), refused, 'cut');
  s.source.entries.push({ ...last!, leaf: s.source.entries[0]!.leaf });
  await assert.rejects(s.start(), refused, 'rewritten');
  s.source.entries.splice(-1, 1, last!);
  await assert.rejects(s.start({ key: newSigner('example.com/log') }), refused, 'another key');
  const [checkpoint] = s.source.checkpoints.splice(0);
  await assert.rejects(s.start(), refused, 'the witness knows more than the record');
  s.source.checkpoints.push(checkpoint!);
  await (await s.start()).stop();
});

test('a record that is away for a while delays sealing and stops nothing', async (t) => {
  const s = setup(t);
  let away = true;
  const { saveCheckpoint } = s.source;
  const source: MemorySource = {
    ...s.source,
    saveCheckpoint: (c, at) => (away ? Promise.reject(new Error('connection lost')) : saveCheckpoint(c, at)),
  };
  const sealer = await s.start({ source });
  s.fill(5);
  await assert.rejects(sealer.sealNow(), { name: 'RetryLater', code: 'record-unavailable' });
  assert.equal(sealer.latest(), null);
  away = false;
  assert.equal((await sealer.sealNow())?.size, 5);
  assert.deepEqual(s.faults, ['cannot seal for now: connection lost']);
});
