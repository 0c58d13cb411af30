import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { digestText, type Digest } from '../vocabulary/index.ts';
import { openBlobs } from './blobs.ts';

const folder = mkdtempSync(join(tmpdir(), 'reeve-blobs-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const blobs = openBlobs(folder);

test('bytes come back by their digest, also when many write the same at once', async () => {
  const bytes = new TextEncoder().encode('a large document');
  const digests = await Promise.all(Array.from({ length: 20 }, () => blobs.put(bytes)));
  assert.deepEqual(new Set(digests), new Set([digestText(bytes)]));
  assert.deepEqual(new Uint8Array((await blobs.get(digests[0]!))!), bytes);
  const hex = digests[0]!.slice('sha256:'.length);
  assert.deepEqual(readdirSync(join(folder, hex.slice(0, 2))), [hex.slice(2)]);
});

test('what was never kept is not found', async () => {
  assert.equal(await blobs.get(digestText('never')), undefined);
});

test('bytes that changed on disk are refused', async () => {
  const digest = await blobs.put(Buffer.from('true'));
  const hex = digest.slice('sha256:'.length);
  writeFileSync(join(folder, hex.slice(0, 2), hex.slice(2)), 'lies');
  await assert.rejects(blobs.get(digest), { code: 'verification-failed' });
});

test('a digest cannot name a file elsewhere', async () => {
  await assert.rejects(blobs.get('sha256:../../etc/passwd' as Digest), { code: 'bad-request' });
});
