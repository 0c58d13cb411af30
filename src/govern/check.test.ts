import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkPolicies } from './index.ts';

test('the shipped policies are valid, pass their tests, and none is untested', () => {
  const report = checkPolicies();
  assert.deepEqual(
    report.tests.filter(({ pass }) => !pass),
    [],
  );
  assert.deepEqual(report.untested, []);
  assert.ok(report.policies >= 20);
});
