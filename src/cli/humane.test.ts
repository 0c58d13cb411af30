import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counted, duration, moment, relative } from './humane.ts';

test('spans of time are said with at most two units', () => {
  const said = [0, 999, 1_000, 59_940, 59_960, 3_599_400, 3_600_000, 86_340_000, 90_000_000].map(duration);
  assert.deepEqual(said, [
    '0 ms',
    '999 ms',
    '1.0 s',
    '59.9 s',
    '1 min 0 s',
    '59 min 59 s',
    '1 h 0 min',
    '23 h 59 min',
    '1 d 1 h',
  ]);
});

test('moments lie behind or ahead', () => {
  const now = Date.parse('2026-06-10T10:00:00Z');
  assert.equal(relative('2026-06-10T09:58:30Z', now), '1 min 30 s ago');
  assert.equal(relative('2026-06-11T12:00:00Z', now), 'in 1 d 2 h');
  assert.equal(relative('someday', now), 'someday');
  assert.equal(moment('2026-06-10T10:00:00.123+02:00'), '2026-06-10 08:00:00');
});

test('one is not many', () => {
  assert.deepEqual([counted(1, 'run'), counted(1_234, 'entry', 'entries')], ['1 run', '1,234 entries']);
});
