import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PROOFS } from './index.ts';

/** A proof that takes longer at reduced size does not belong in every test run. */
const LONGEST_MS = 240_000;
/** The same every time, so that a failure comes again. */
const SEED = 20_261_122;

test('proofs have different names, and each says what it shows', () => {
  assert.equal(new Set(PROOFS.map(({ name }) => name)).size, PROOFS.length);
  for (const { name, shows } of PROOFS) {
    assert.match(name, /^[a-z][a-z-]*$/);
    assert.ok(shows.length > 20, name);
  }
});

for (const proof of PROOFS) {
  test(`proof ${proof.name} at reduced size: ${proof.shows}`, { timeout: LONGEST_MS }, async (t) => {
    const { pass, figures } = await proof.run({ size: 'reduced', seed: SEED, log: (line) => t.diagnostic(line) });
    assert.ok(pass, `seed ${SEED} falls short: ${JSON.stringify(figures)}`);
  });
}
