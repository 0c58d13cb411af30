import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { FAILPOINTS } from '../../src/vocabulary/index.ts';
import { proof } from '../proofs/crash.ts';
import { casesAt } from '../proofs/crash-cases.ts';
import { VICTIMS } from './protocol.ts';

const SRC = fileURLToPath(new URL('../../src/', import.meta.url));

/** Names of failpoints that the code passes, one for each place. */
function passed(): readonly string[] {
  return readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && !path.startsWith('vocabulary/'))
    .flatMap((path) => [...readFileSync(join(SRC, path), 'utf8').matchAll(/\bfailpoint\('([^']+)'\)/g)])
    .map((match) => match[1] as string);
}

test('every failpoint stands in exactly one place of the code', () => {
  assert.deepEqual([...passed()].sort(), [...FAILPOINTS].sort());
});

test('every failpoint has a case with the platform in every test run, and with each of the three at full size', () => {
  assert.equal(proof.name, 'crash');
  const reduced = casesAt('reduced', 1);
  const full = casesAt('full', 1);
  for (const name of FAILPOINTS) {
    assert.ok(
      reduced.some((one) => one.name === name && one.victim === 'platform'),
      name,
    );
    for (const victim of VICTIMS) {
      for (const nth of [1, 7]) {
        assert.ok(
          full.some((one) => one.name === name && one.victim === victim && one.nth === nth),
          `${victim} at ${name}`,
        );
      }
    }
  }
});
