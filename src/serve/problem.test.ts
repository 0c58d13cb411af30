import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { GiveUp, Misuse, RetryLater } from '../vocabulary/index.ts';
import { problemResponse, STATUS_OF, troubleOf } from './problem.ts';

const DOC = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');

test('docs/errors.md has every code, once, in order, with the status that the API answers', () => {
  const rows = [...DOC.matchAll(/^\| `([a-z-]+)` \| (\d{3}) \| (.+) \| (.+) \|$/gm)];
  assert.deepEqual(
    rows.map(([, code, status]) => [code, Number(status)]),
    Object.entries(STATUS_OF).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
});

test('a fault is answered by its code, also from under what was thrown because of it', () => {
  const fault = new RetryLater('database-unreachable', 'the database is away', { afterMs: 1_200 });
  for (const error of [fault, new Error('query failed', { cause: new Error('inner', { cause: fault }) })]) {
    const trouble = troubleOf(error);
    assert.deepEqual(
      [trouble.problem.status, trouble.problem.code, trouble.retryAfter],
      [503, 'database-unreachable', 2],
    );
    assert.equal(problemResponse(trouble).headers.get('retry-after'), '2');
  }
  assert.equal(troubleOf(new Misuse('not-found', 'no')).problem.status, 404);
});

test('what is no fault of the caller says nothing of our inside', () => {
  const secret = 'postgres://reeve:hunter2@127.0.0.1/reeve';
  for (const error of [new Error(secret), new GiveUp('bad-config', secret), secret, null, { secret }]) {
    const trouble = troubleOf(error);
    assert.deepEqual([trouble.problem.status, trouble.problem.code, trouble.ours], [500, 'internal', true]);
    assert.ok(!JSON.stringify(trouble).includes('hunter2'));
  }
});

test('what is quoted back is cut short and stays well-formed', () => {
  const { problem } = troubleOf(new Misuse('bad-request', `${'x'.repeat(1_999)}😀${'y'.repeat(9_999)}`));
  assert.ok(problem.detail.length < 2_010 && problem.detail.isWellFormed());
});
