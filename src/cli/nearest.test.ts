import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearest } from './nearest.ts';

test('a slip of the finger finds what was meant, another word finds nothing', () => {
  const names = ['finance', 'security', 'compliance', 'manufacturing'];
  assert.equal(nearest('finanse', names), 'finance');
  assert.equal(nearest('securty', names), 'security');
  assert.equal(nearest('weather', names), null);
});
