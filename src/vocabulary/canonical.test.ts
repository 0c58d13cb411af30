import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonical, digest } from './canonical.ts';
import { Misuse } from './fault.ts';

const files = JSON.parse(
  readFileSync(new URL('../../test/data/integrity-vectors/jcs_rfc8785.json', import.meta.url), 'utf8'),
) as Record<string, string>;

for (const name of ['arrays', 'french', 'structures', 'unicode', 'values', 'weird']) {
  test(`the RFC 8785 author's own case \`${name}\` comes out byte for byte`, () => {
    const out = canonical(JSON.parse(files[`testdata/input/${name}.json`]!));
    assert.equal(out, files[`testdata/output/${name}.json`]);
    assert.equal(Buffer.from(out).toString('hex'), files[`testdata/outhex/${name}.txt`]!.replace(/\s/g, ''));
  });
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = [value];
  return value;
}

const cyclic: unknown[] = [];
cyclic.push(cyclic);
const refused: Record<string, unknown> = {
  NaN: NaN,
  Infinity: { a: -Infinity },
  'a lone surrogate': 'a\ud800',
  'a lone surrogate in a key': { '\udc00': 1 },
  'U+0000': 'a\u0000b',
  'U+0000 in a key': { '\u0000': 1 },
  __proto__: JSON.parse('{"__proto__":1}'),
  'depth 65': nested(65),
  cycles: cyclic,
  // oxlint-disable-next-line no-sparse-arrays
  holes: [1, , 2],
  undefined: undefined,
  'undefined in an array': [undefined],
  bigint: 1n,
  functions: () => 1,
  symbols: Symbol('a'),
  dates: new Date(0),
  maps: new Map(),
  'class instances': new (class Claim {
    amount = 1;
  })(),
};

for (const [name, value] of Object.entries(refused)) {
  test(`what has no canonical form is refused: ${name}`, () => {
    assert.throws(
      () => canonical(value),
      (error) => error instanceof Misuse && error.code === 'not-canonical',
    );
  });
}

test('depth 64 is the deepest that is taken', () => {
  assert.equal(canonical(nested(64)), '['.repeat(64) + '1' + ']'.repeat(64));
});

test('members that are undefined are left out', () => {
  assert.equal(canonical({ b: undefined, a: 1 }), '{"a":1}');
});

test('canonical text read and written again is the same text, whatever the order of keys was', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      const whole = JSON.stringify(value);
      fc.pre(whole.isWellFormed() && !/\\ud[89a-f]|\\u0000|"__proto__"/.test(whole));
      const text = canonical(value);
      assert.equal(canonical(JSON.parse(text)), text);
      assert.deepEqual(JSON.parse(text), JSON.parse(whole));
      assert.equal(digest(JSON.parse(text)), digest(value));
    }),
    { numRuns: 1_000 },
  );
});
