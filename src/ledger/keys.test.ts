import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { openLogKey, openPolicyKey } from './keys.ts';

function folder(t: TestContext): string {
  const base = mkdtempSync(join(tmpdir(), 'reeve-keys-'));
  t.after(() => rmSync(base, { recursive: true }));
  return join(base, 'keys');
}

const refused = { name: 'GiveUp', code: 'bad-config' };

test('the key is made at the first start, private to its owner, and is the same ever after', async (t) => {
  const dir = folder(t);
  const made = await openLogKey({ dir, logExists: false });
  assert.equal(statSync(join(dir, 'ledger.key')).mode & 0o777, 0o600);
  assert.equal(readFileSync(join(dir, 'ledger.pub'), 'utf8'), `${made.vkey}\n`);
  assert.match(made.name, /^reeve\.invalid\/ledger-[0-9a-f]{16}$/);
  const again = await openLogKey({ dir, logExists: true });
  assert.equal(again.skey, made.skey);
});

test('a record without its key is an error, and no new key is made', async (t) => {
  const dir = folder(t);
  await assert.rejects(openLogKey({ dir, logExists: true }), refused);
  assert.throws(() => statSync(join(dir, 'ledger.key')));
});

test('of two platforms that start at once, one makes the key and the other fails', async (t) => {
  const dir = folder(t);
  const made = await Promise.allSettled([1, 2].map(() => openLogKey({ dir, logExists: false })));
  const keys = new Set(made.filter((m) => m.status === 'fulfilled').map((m) => m.value.skey));
  assert.equal(keys.size, 1);
});

test('a key that others may read, that is damaged, or whose public half is another key, is refused', async (t) => {
  const dir = folder(t);
  const { skey } = await openLogKey({ dir, logExists: false });
  chmodSync(join(dir, 'ledger.key'), 0o644);
  await assert.rejects(openLogKey({ dir, logExists: true }), refused);
  chmodSync(join(dir, 'ledger.key'), 0o600);
  writeFileSync(join(dir, 'ledger.key'), skey.slice(0, -5));
  await assert.rejects(openLogKey({ dir, logExists: true }), refused);
  writeFileSync(join(dir, 'ledger.key'), skey);
  writeFileSync(join(dir, 'ledger.pub'), 'another\n');
  await assert.rejects(openLogKey({ dir, logExists: true }), refused);
});

test('policies are signed with a key of their own, which is not made anew when something was signed', async (t) => {
  const dir = folder(t);
  const log = await openLogKey({ dir, logExists: false });
  const policies = await openPolicyKey({ dir, signed: false });
  assert.notEqual(policies.vkey, log.vkey);
  assert.equal((await openPolicyKey({ dir, signed: true })).skey, policies.skey);
  rmSync(join(dir, 'policies.key'));
  await assert.rejects(openPolicyKey({ dir, signed: true }), refused);
  assert.equal((await openLogKey({ dir, logExists: true })).skey, log.skey);
});
