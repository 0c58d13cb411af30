import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openSecretBox } from './secret-box.ts';

const folder = mkdtempSync(join(tmpdir(), 'reeve-secret-box-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('what was sealed opens again after a restart, for the same purpose only, and its key is for the owner alone', async () => {
  const path = join(folder, 'keys', 'secrets');
  const sealed = (await openSecretBox(path)).seal('hush', 'webhook 1');
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.ok(!Buffer.from(sealed, 'base64').includes('hush'));
  const again = await openSecretBox(path);
  assert.equal(again.open(sealed, 'webhook 1'), 'hush');
  assert.notEqual(again.seal('hush', 'webhook 1'), sealed);
  assert.throws(() => again.open(sealed, 'webhook 2'), { code: 'bad-config' });
});

test('what was changed, or sealed with another key, does not open', async () => {
  const box = await openSecretBox(join(folder, 'one'));
  const sealed = Buffer.from(box.seal('hush', ''), 'base64');
  for (const at of [0, 13, sealed.length - 1]) {
    const changed = Buffer.from(sealed);
    changed[at] = (changed[at] ?? 0) ^ 1;
    assert.throws(() => box.open(changed.toString('base64'), ''), { code: 'bad-config' });
  }
  assert.throws(() => box.open('', ''), { code: 'bad-config' });
  const other = await openSecretBox(join(folder, 'two'));
  assert.throws(() => other.open(sealed.toString('base64'), ''), { code: 'bad-config' });
});

test('a file that holds something else is not taken for a key, and not written over', async () => {
  const path = join(folder, 'three');
  writeFileSync(path, 'short');
  await assert.rejects(openSecretBox(path), { code: 'bad-config' });
});
