import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCheckpoint, signCheckpoint } from './checkpoint.ts';
import { leafHash } from './hash.ts';
import { newSigner, openNote, readSignerKey, readVerifierKey } from './signed-note.ts';

// The published example of golang.org/x/mod/sumdb/note (BSD-3-Clause, The Go Authors).
const VKEY = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const SKEY = 'PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz';
const TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const SIGNATURE =
  '\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';
const peter = readVerifierKey(VKEY)!;

test('the note published with the Go implementation is opened, and signed again byte for byte', () => {
  assert.deepEqual(openNote(`${TEXT}\n${SIGNATURE}`, peter), { ok: true, text: TEXT });
  const signer = readSignerKey(SKEY)!;
  assert.equal(signer.vkey, VKEY);
  assert.equal(signer.sign(TEXT), `${TEXT}\n${SIGNATURE}`);
});

test('no part of a verifier key and no changed character of it is a verifier key', () => {
  for (let i = 0; i <= VKEY.length; i++) {
    for (let j = i + 1; j <= VKEY.length; j++) {
      if (i !== 0 || j !== VKEY.length) assert.equal(readVerifierKey(VKEY.slice(i, j)), null);
    }
    if (i === VKEY.length) break;
    const next = String.fromCharCode(VKEY.charCodeAt(i) + 1);
    assert.equal(readVerifierKey(VKEY.slice(0, i) + next + VKEY.slice(i + 1)), null, `position ${i}`);
  }
  // The right hash over a key that is too long, and over an unknown type.
  assert.equal(readVerifierKey('PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY=='), null);
  assert.equal(readVerifierKey('PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'), null);
});

test('signatures of other keys are passed over, also under the same name, but one of ours must be right', () => {
  const other = newSigner('PeterNeumann')
    .sign(TEXT)
    .slice(TEXT.length + 1);
  assert.ok(openNote(`${TEXT}\n${other}${SIGNATURE}`, peter).ok);
  assert.deepEqual(openNote(`${TEXT}\n${other}`, peter), {
    ok: false,
    why: 'it has no signature of `PeterNeumann`',
  });
  assert.ok(!openNote(`${TEXT.replace('you', 'one')}\n${SIGNATURE}`, peter).ok);
});

test('what is no note is refused with a reason', () => {
  const bad = [
    '',
    '\n',
    '\n\n',
    TEXT,
    `${TEXT}\n`,
    `${TEXT}\n${SIGNATURE.trimEnd()}`,
    `${TEXT}\n${SIGNATURE}\n`,
    `${TEXT}${SIGNATURE}`,
    `${TEXT}\n${SIGNATURE.replace('\u2014', '-')}`,
    `${TEXT}\n${SIGNATURE.replace('=', '')}`,
    `${TEXT}\n${SIGNATURE.replace(' x', '  x')}`,
    `${TEXT}\t\n\n${SIGNATURE}`,
    `${TEXT}\n${SIGNATURE}${'\u2014 a AAAAAAA=\n'.repeat(10_000)}`,
  ];
  for (const note of bad) assert.ok(!openNote(note, peter).ok, JSON.stringify(note.slice(0, 200)));
});

test('a checkpoint is read back as it was signed', () => {
  const key = newSigner('example.com/log');
  const root = leafHash('a');
  const { note } = signCheckpoint(key, 20_852_163, root);
  const lines = note.split('\n');
  assert.deepEqual(lines.slice(0, 4), ['example.com/log', '20852163', Buffer.from(root).toString('base64'), '']);
  assert.equal(lines.length, 6);
  const read = readCheckpoint(note, readVerifierKey(key.vkey)!);
  assert.ok(read.ok);
  assert.equal(read.checkpoint.size, 20_852_163);
  assert.ok(Buffer.from(root).equals(read.checkpoint.root));
});

test('a signed text that is no checkpoint of this log is refused', () => {
  const key = newSigner('example.com/log');
  const root = Buffer.from(leafHash('a')).toString('base64');
  const texts = [
    `example.com/log\n1\n`,
    `example.com/log\n01\n${root}\n`,
    `example.com/log\n-1\n${root}\n`,
    `example.com/log\n1e3\n${root}\n`,
    `example.com/log\n9007199254740993\n${root}\n`,
    `example.com/log\n1\n${root.slice(0, -1)}\n`,
    `example.com/log\n1\n${root.slice(4)}\n`,
    `example.com/log\n1\n${root}\n\nmore\n`,
    `example.com/other\n1\n${root}\n`,
  ];
  for (const text of texts) assert.ok(!readCheckpoint(key.sign(text), key).ok, text);
  assert.ok(readCheckpoint(key.sign(`example.com/log\n1\n${root}\nan extension\n`), key).ok);
});
