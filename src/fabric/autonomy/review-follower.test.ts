import assert from 'node:assert/strict';
import { test } from 'node:test';
import { derivedId } from '../../vocabulary/index.ts';
import { isSampled, SAMPLED_ONE_IN } from './review-follower.ts';

test('about one permit in ten is looked at, and always the same ones', () => {
  const permits = Array.from({ length: 20_000 }, (_, n) => derivedId('permit', 'run', n));
  const chosen = permits.filter(isSampled);
  const share = chosen.length / permits.length;
  assert.ok(Math.abs(share - 1 / SAMPLED_ONE_IN) < 0.01, `${share}`);
  assert.deepEqual(permits.filter(isSampled), chosen);
});
