import assert from 'node:assert/strict';
import { test } from 'node:test';
import { table } from './table.ts';

const rows = [
  { name: 'a', n: 1, why: 'short' },
  { name: 'longer', n: 1_234, why: 'a reason that goes on for quite a while' },
];
const columns = [
  { heading: 'name', cell: (row: (typeof rows)[0]) => row.name },
  { heading: 'n', cell: (row: (typeof rows)[0]) => String(row.n), align: 'right' as const },
  { heading: 'why', cell: (row: (typeof rows)[0]) => row.why },
];

test('columns are as wide as their widest cell, and nothing trails', () => {
  assert.deepEqual(table(rows, columns), [
    'NAME       N  WHY',
    'a          1  short',
    'longer  1234  a reason that goes on for quite a while',
  ]);
});

test('on a terminal the last column is cut to fit', () => {
  const lines = table(rows, columns, { width: 34 });
  assert.equal(lines[2], 'longer  1234  a reason that goes …');
  assert.ok(lines.every((line) => line.length <= 34));
});

test('colour does not count as width', () => {
  const painted = table(
    rows,
    columns.with(0, { ...columns[0]!, paint: (text: string) => `\u001b[1m${text}\u001b[22m` } as never),
  );
  assert.equal(painted[1], '\u001b[1ma     \u001b[22m     1  short');
});

test('what comes from outside cannot move the cursor or turn text around', () => {
  const [, line] = table([{ name: 'x\u001b[2J\u202ey\n', n: 1, why: '' }], columns);
  assert.ok(line?.startsWith('x\\u{1b}[2J\\u{202e}y\\u{a}  1'));
});

test('no rows are still a heading', () => {
  assert.deepEqual(table([], columns), ['NAME  N  WHY']);
});
