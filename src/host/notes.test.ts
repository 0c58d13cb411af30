import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openNotes } from './notes.ts';

const folder = mkdtempSync(join(tmpdir(), 'reeve-notes-'));
after(() => rmSync(folder, { recursive: true }));

test('notes are whole files of their owner, listed by name, and gone when they are removed', () => {
  const path = join(folder, 'stops');
  const notes = openNotes(path);
  assert.deepEqual(notes.list(), []);
  notes.put('b_2', { n: 2 });
  notes.put('a_1', { n: 1 });
  assert.equal(statSync(path).mode & 0o777, 0o700);
  assert.equal(statSync(join(path, 'a_1.json')).mode & 0o777, 0o600);
  assert.deepEqual(openNotes(path).list(), [
    ['a_1', { n: 1 }],
    ['b_2', { n: 2 }],
  ]);
  notes.remove('a_1');
  notes.remove('a_1');
  assert.deepEqual(readdirSync(path), ['b_2.json']);
});

test('what is no JSON is told apart from what is no note', () => {
  const path = join(folder, 'torn');
  const notes = openNotes(path);
  writeFileSync(join(path, 'torn.json'), '{"scope":"every');
  writeFileSync(join(path, 'half.json.0a1b.tmp'), '{');
  writeFileSync(join(path, 'README'), 'x');
  assert.deepEqual(notes.list(), [['torn', null]]);
});
