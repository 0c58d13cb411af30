import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyLaw } from './apply-law.ts';
import { loadLaw, parseLaw } from './law.ts';
import { ORDINARY } from './ordinary-case.ts';

test('a policy may have the name of something that every object has', () => {
  const text = '@id("constructor") forbid (principal, action, resource);';
  const law = parseLaw(text, loadLaw().schemaText, 'candidate');
  const verdict = applyLaw(ORDINARY, law);
  assert.deepEqual(verdict, { kind: 'refused', code: 'forbidden', policies: ['constructor'], why: '' });
});
