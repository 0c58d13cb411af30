import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Document } from '../vocabulary/index.ts';
import { hashOf, holds, isTokenText, tokenIdOf, type TokenOnRecord } from './access-token.ts';
import { openToken } from './secret-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'reeve-token-'));
after(() => rmSync(folder, { recursive: true }));

test('a token is made once, readable by its owner only, and found again', () => {
  const path = join(folder, 'token');
  const first = openToken(path);
  assert.equal(first.fresh, true);
  assert.match(first.text, /^reeve_[0-9a-f]{64}$/);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(readFileSync(path, 'utf8'), `${first.text}\n`);
  chmodSync(path, 0o644);
  const second = openToken(path);
  assert.deepEqual([second.text, second.fresh], [first.text, false]);
  assert.equal(statSync(path).mode & 0o777, 0o600, 'what was opened to others is closed again');
  assert.deepEqual(readdirSync(folder), ['token']);
});

test('only the whole token is found and holds', () => {
  const { text } = openToken(join(folder, 'token'));
  const content = { hash: hashOf(text), expiresAt: 10 } as TokenOnRecord;
  const document = { id: tokenIdOf(text), state: 'in-force', content } as unknown as Document<TokenOnRecord>;
  assert.equal(holds(document, text, 9), true);
  assert.equal(holds(document, text, 10), false, 'it ends when it was said to');
  assert.equal(holds({ ...document, state: 'revoked' }, text, 9), false);
  for (const wrong of [
    '',
    text.slice(0, -1),
    `${text} `,
    text.toUpperCase(),
    `${text.slice(0, -1)}g`,
    'ü'.repeat(70),
  ]) {
    assert.equal(holds(document, wrong, 9), false);
    assert.notEqual(tokenIdOf(wrong), document.id);
    assert.equal(isTokenText(wrong), false);
  }
  assert.ok(!JSON.stringify(document).includes(text.slice(6)));
});

test('a file that holds something else is not taken for a token', () => {
  const path = join(folder, 'other');
  writeFileSync(path, 'password\n');
  assert.throws(() => openToken(path), { name: 'GiveUp', code: 'bad-config' });
});
