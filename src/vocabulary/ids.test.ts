import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { derivedId, ID_PREFIX, isId, newId, type IdKind } from './ids.ts';

const KINDS = Object.keys(ID_PREFIX) as IdKind[];

test('every kind has a prefix of its own, in alphabetical order', () => {
  const prefixes = Object.values(ID_PREFIX);
  assert.equal(new Set(prefixes).size, prefixes.length);
  assert.deepEqual(KINDS, KINDS.toSorted());
});

test('an id is of its own kind and of no other', () => {
  for (const kind of KINDS) {
    for (const id of [newId(kind), derivedId(kind, 'a', 1)]) {
      assert.deepEqual(
        KINDS.filter((other) => isId(other, id)),
        [kind],
      );
    }
  }
});

test('what only looks like an id is none', () => {
  const id = newId('run');
  for (const text of [
    '',
    'run_',
    id.toUpperCase(),
    `${id}0`,
    id.slice(0, -1),
    ` ${id}`,
    `${id}\n`,
    id.replace('run_', 'run-'),
  ]) {
    assert.equal(isId('run', text), false, JSON.stringify(text));
  }
});

test('new ids differ and sort by when they were made', () => {
  const ids = Array.from({ length: 1_000 }, (_, i) => newId('event', 1_700_000_000_000 + i));
  assert.deepEqual(ids, ids.toSorted());
  const atOnce = Array.from({ length: 1_000 }, () => newId('event', 1_700_000_000_000));
  assert.equal(new Set(atOnce).size, 1_000);
});

test('the same parts give the same id', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), (parts) => {
      assert.equal(derivedId('permit', ...parts), derivedId('permit', ...parts));
    }),
  );
});

test('moving the boundary between parts gives another id', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1, unit: fc.constantFrom('a', '1', ':', '2', '0') }),
      fc.nat(),
      fc.nat(),
      (text, i, j) => {
        const cut = (at: number) => [text.slice(0, at), text.slice(at)];
        const [here, there] = [i % (text.length + 1), j % (text.length + 1)];
        const same = derivedId('permit', ...cut(here)) === derivedId('permit', ...cut(there));
        assert.equal(same, here === there);
        assert.notEqual(derivedId('permit', ...cut(here)), derivedId('permit', text));
      },
    ),
  );
});

test('different parts give different ids, also when a part looks like two', () => {
  const part = fc.string({ unit: fc.constantFrom('a', '1', ':', '0'), maxLength: 6 });
  fc.assert(
    fc.property(fc.array(part, { maxLength: 4 }), fc.array(part, { maxLength: 4 }), (one, other) => {
      const alike = JSON.stringify(one) === JSON.stringify(other);
      assert.equal(derivedId('run', ...one) === derivedId('run', ...other), alike);
    }),
    { numRuns: 2_000 },
  );
  assert.notEqual(derivedId('run', 'a', '1:b'), derivedId('run', 'a1:b'));
  assert.notEqual(derivedId('run', '1:a1:b'), derivedId('run', 'a', 'b'));
});

test('a number and its text are one part', () => {
  assert.equal(derivedId('permit', 'run', 3), derivedId('permit', 'run', '3'));
});
