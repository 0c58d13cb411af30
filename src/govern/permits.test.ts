import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPermits, PERMIT_LIVES_MS, type Permitted } from './permits.ts';

const permitted = { id: 'prm_1' } as unknown as Permitted;

test('a permit lives two seconds, and no longer than the approval that it rests on', () => {
  const permits = createPermits();
  assert.equal(permits.issue(permitted, 1_000).notAfter, 1_000 + PERMIT_LIVES_MS);
  assert.equal(permits.issue(permitted, 1_000, 1_500).notAfter, 1_500);
  assert.equal(permits.issue(permitted, 1_000, 9_000).notAfter, 1_000 + PERMIT_LIVES_MS);
});

test('no-action-without-permit: a permit is spent once, and only by whoever holds the very one', () => {
  const permits = createPermits();
  const permit = permits.issue(permitted, 1_000);
  assert.equal(permits.spend({ ...permit }), false);
  assert.equal(permits.spend(permit), true);
  assert.equal(permits.spend(permit), false);
});
