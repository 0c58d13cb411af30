import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import fc from 'fast-check';
import type { EntryDraft, TenantId } from '../vocabulary/index.ts';
import { exportLedger, exportToFile } from './export.ts';
import { memorySource, type MemorySource } from './memory-source.ts';
import { startSealer } from './seal.ts';
import { newSigner } from './signed-note.ts';
import { verify as verifyAgain } from './verify-offline.mjs';
import { verifyFile, verifyLedger, type Verification } from './verify.ts';
import type { Witness } from './witness.ts';

const key = newSigner('example.com/log');
const { vkey } = key;
const script = new URL('./verify-offline.mjs', import.meta.url).pathname;
const quiet: Witness = { last: () => null, take: () => Promise.resolve({ ok: true }) };

async function sealed(entries: number, tail = 0): Promise<MemorySource> {
  const source = memorySource();
  const draft: EntryDraft = { kind: 'run.ended', tenant: 'north' as TenantId, run: null, agent: null, body: { zé: 1 } };
  for (let i = 0; i < entries; i++) source.append(draft, '2026-11-22T12:00:00.000Z');
  const sealer = await startSealer({
    source,
    key,
    witness: quiet,
    clock: { now: () => 0 },
    everyEntries: 10,
    onFault() {},
  });
  await sealer.stop();
  for (let i = 0; i < tail; i++) source.append(draft, '2026-11-22T12:00:01.000Z');
  return source;
}

async function textOf(source: MemorySource, unsealed = false): Promise<string> {
  let text = '';
  for await (const part of exportLedger({ source, vkey, unsealed })) text += part;
  return text;
}

const witnessText = (source: MemorySource): string =>
  source.checkpoints.map(({ note }) => `${JSON.stringify({ at: 'now', checkpoint: note })}\n`).join('');

/** What both verifiers say. They must say the same, to the word. */
async function both(file: string | Uint8Array, witness?: string, trusted = vkey): Promise<Verification> {
  const bytes = Buffer.from(file);
  const options = { vkey: trusted, ...(witness === undefined ? {} : { witness }) };
  const [one, other] = [await verifyLedger([bytes], options), await verifyAgain([bytes], options)];
  assert.deepEqual(one, other);
  return one;
}

let whole: MemorySource;
let file: string;
before(async () => {
  whole = await sealed(35);
  file = await textOf(whole);
});

test('an untouched export verifies, with and without witness', async () => {
  const found = await both(file);
  const { ok, entries, checkpoints, sealed: covered, unsealed, witnessed, firstBad } = found;
  assert.deepEqual(
    { ok, entries, checkpoints, covered, unsealed, witnessed, firstBad },
    { ok: true, entries: 35, checkpoints: 4, covered: 35, unsealed: 0, witnessed: null, firstBad: null },
  );
  assert.equal((await both(file, witnessText(whole))).witnessed, 35);
  assert.ok((await both(await textOf(await sealed(0)))).ok, 'an empty ledger');
});

test('entries after the last checkpoint are left out, or reported as unsealed; a long unsealed tail is not accepted', async () => {
  const source = await sealed(35, 7);
  assert.equal((await both(await textOf(source))).entries, 35);
  const found = await both(await textOf(source, true));
  assert.deepEqual([found.ok, found.sealed, found.unsealed], [true, 35, 7]);
  const { firstBad } = await both(await textOf(await sealed(35, 1_001), true));
  assert.match(firstBad?.why ?? '', /1001 entries follow the last checkpoint/);
});

test('each way of tampering is found and named at its place', async () => {
  const lines = file.split('\n').slice(0, -1);
  const at = (text: readonly string[]): Promise<Verification> => both(text.map((line) => `${line}\n`).join(''));
  const entryLine = (seq: number): number => lines.findIndex((line) => line.startsWith(`{"seq":${seq},`));
  const cases: Record<string, [readonly string[], number | null]> = {
    edit: [lines.with(entryLine(17), lines[entryLine(17)]!.replace('north', 'south')), 17],
    delete: [lines.toSpliced(entryLine(17), 1), 17],
    insert: [lines.toSpliced(entryLine(17), 0, lines[entryLine(16)]!), 17],
    reorder: [lines.with(entryLine(17), lines[entryLine(19)]!).with(entryLine(19), lines[entryLine(17)]!), 17],
    'no footer': [lines.slice(0, -1), 36],
    'cut tail with its footer kept': [lines.toSpliced(entryLine(34), 3), 34],
    'a second footer': [[...lines, lines.at(-1)!], null],
    'a checkpoint twice': [lines.toSpliced(entryLine(11), 0, lines[entryLine(11) - 1]!), null],
    'a checkpoint missing': [lines.toSpliced(entryLine(11) - 1, 1), null],
    'no header': [lines.slice(1), null],
    nothing: [[], 1],
  };
  for (const [name, [text, seq]] of Object.entries(cases)) {
    const { ok, firstBad } = await at(text);
    assert.ok(!ok, name);
    assert.equal(firstBad?.seq, seq, name);
  }
});

test('an end cut off together with its checkpoints is found by the witness, and only by the witness', async () => {
  const shorter = await textOf(await sealed(30));
  assert.ok((await both(shorter)).ok);
  const { ok, firstBad } = await both(shorter, witnessText(whole));
  assert.deepEqual([ok, firstBad?.seq], [false, 31]);
});

test('a history rewritten with the stolen key is found by the witness, which bounds the first bad entry', async () => {
  const other = await sealed(0);
  for (const { body } of whole.entries) {
    const entry = JSON.parse(body) as { seq: number } & EntryDraft;
    const { kind, tenant, run, agent } = entry;
    other.append(
      { kind, tenant, run, agent, body: entry.seq === 17 ? 'forged' : entry.body },
      '2026-11-22T12:00:00.000Z',
    );
  }
  await (
    await startSealer({ source: other, key, witness: quiet, clock: { now: () => 0 }, everyEntries: 10, onFault() {} })
  ).stop();
  assert.ok((await both(await textOf(other))).ok);
  const { firstBad } = await both(await textOf(other), witnessText(whole));
  assert.deepEqual([firstBad?.seq, firstBad?.upTo], [11, 20]);
});

test('a witness file that says nothing is no witness, and a damaged line in one is a warning', async () => {
  assert.ok(!(await both(file, 'garbage')).ok);
  assert.ok(!(await both(file, '')).ok);
  const found = await both(file, `${witnessText(whole)}{"torn`);
  assert.ok(found.ok);
  assert.deepEqual(found.warnings, ['line 5 of the witness file is no checkpoint of this key']);
});

test('another key does not verify it, nor does what is no key', async () => {
  assert.equal((await both(file, undefined, newSigner('example.com/log').vkey)).firstBad?.line, 1);
  assert.ok(!(await both(file, undefined, 'garbage')).ok);
  assert.ok(!(await both(file, '', '')).ok);
});

test('garbage gets a reason, never an exception, and the same from both verifiers', async () => {
  const deep = '['.repeat(100_000);
  const header = file.slice(0, file.indexOf('\n') + 1);
  const pieces = [
    '',
    '\n',
    '{}',
    'null\n',
    '[]\n',
    '{"__proto__":1}\n',
    deep,
    `${deep}\n`,
    `${header}{"seq":1,"entry":${JSON.stringify(deep)},"chain":""}\n`,
    `${header}{"seq":1,"entry":1,"chain":2}\n`,
    `${header}{"checkpoint":1}\n`,
    `${header}{"entries":1e999}\n`,
    `\ufeff${file}`,
    file.replaceAll('\n', '\r\n'),
  ];
  for (const piece of pieces) assert.ok(!(await both(piece)).ok, piece.slice(0, 60));
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.oneof(
          fc.string(),
          fc.jsonValue().map((v) => JSON.stringify(v)),
        ),
      ),
      async (parts) => {
        assert.ok(!(await both(header + parts.join('\n'))).ok);
      },
    ),
    { numRuns: 200 },
  );
});

test('every single changed bit of a small ledger is found', async () => {
  const bytes = Buffer.from(await textOf(await sealed(2)));
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = Buffer.from(bytes);
    changed[bit >> 3]! ^= 1 << (bit & 7);
    const found = await both(changed);
    assert.ok(!found.ok, `bit ${bit}`);
    const line = 1 + bytes.subarray(0, bit >> 3).filter((byte) => byte === 10).length;
    assert.equal(found.firstBad?.line, line, `bit ${bit}`);
  }
});

test('the split of the file into chunks makes no difference', async () => {
  const bytes = Buffer.from(file);
  const chunks = Array.from({ length: Math.ceil(bytes.length / 7) }, (_, i) => bytes.subarray(i * 7, i * 7 + 7));
  assert.deepEqual(await verifyLedger(chunks, { vkey }), await both(file));
  assert.deepEqual(await verifyAgain(chunks, { vkey }), await both(file));
});

test('the script runs alone, prints its finding, and exits 0, 1 or 2', async (t: TestContext) => {
  const dir = mkdtempSync(join(tmpdir(), 'reeve-verify-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const [good, bad, witness] = ['good', 'bad', 'witness'].map((name) => join(dir, name)) as [string, string, string];
  await exportToFile(good, { source: whole, vkey });
  await assert.rejects(exportToFile(good, { source: whole, vkey }), { code: 'EEXIST' });
  writeFileSync(bad, file.replace('north', 'south'));
  writeFileSync(witness, witnessText(whole));
  const run = async (...args: string[]): Promise<[number, string]> =>
    promisify(execFile)(process.execPath, [script, ...args]).then(
      ({ stdout }) => [0, stdout],
      (error: { code: number; stdout: string }) => [error.code, error.stdout],
    );
  const [code, out] = await run(good, '--vkey', vkey, '--witness', witness, '--json');
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(out), await both(file, witnessText(whole)));
  assert.match((await run(good, '--vkey', vkey))[1], /^verified\n/);
  const [failed, report] = await run(bad, '--vkey', vkey);
  assert.equal(failed, 1);
  assert.match(report, /^NOT VERIFIED\n {2}first bad: line 2, entry 1, entry 1 does not follow/);
  assert.equal((await run(join(dir, 'none'), '--vkey', vkey))[0], 1);
  assert.equal((await run(good))[0], 2);
  assert.equal((await verifyFile(good, { vkey })).ok, true);
  assert.match((await verifyFile(join(dir, 'none'), { vkey })).firstBad?.why ?? '', /cannot be read/);
});
