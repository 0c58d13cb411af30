import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { canonical } from '../vocabulary/index.ts';
import { parseStrictJson } from './strict-json.ts';

interface Case {
  readonly name: string;
  readonly expect: 'accept' | 'reject' | 'implementation-defined';
  readonly base64: string;
}

const CASES = gunzipSync(readFileSync(new URL('../../test/data/hostile/jsontestsuite.jsonl.gz', import.meta.url)))
  .toString()
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Case);

/** Grammatical JSON that we refuse all the same, with the reason. */
const STRICTER: Readonly<Record<string, RegExp>> = {
  'y_object_duplicated_key.json': /twice/,
  'y_object_duplicated_key_and_value.json': /twice/,
  'y_object_escaped_null_in_key.json': /U\+0000/,
  'y_string_null_escape.json': /U\+0000/,
};

function refusalOf(bytes: Uint8Array | string): string | null {
  try {
    parseStrictJson(typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
    return null;
  } catch (error) {
    assert.equal((error as { code?: unknown }).code, 'bad-json', String(error));
    return (error as Error).message;
  }
}

test('of the 95 texts that a parser must accept, all are accepted but four with a stated reason', () => {
  const accept = CASES.filter(({ expect }) => expect === 'accept');
  assert.equal(accept.length, 95);
  for (const { name, base64 } of accept) {
    const refusal = refusalOf(Buffer.from(base64, 'base64'));
    if (STRICTER[name] === undefined) assert.equal(refusal, null, name);
    else assert.match(refusal ?? '', STRICTER[name], name);
  }
});

test('of the 188 texts that a parser must reject, all are rejected', () => {
  const reject = CASES.filter(({ expect }) => expect === 'reject');
  assert.equal(reject.length, 188);
  for (const { name, base64 } of reject) assert.notEqual(refusalOf(Buffer.from(base64, 'base64')), null, name);
});

test('whatever is accepted has a canonical form, also of the texts that parsers may treat as they like', () => {
  for (const { name, base64 } of CASES) {
    const bytes = Buffer.from(base64, 'base64');
    if (refusalOf(bytes) === null) assert.doesNotThrow(() => canonical(parseStrictJson(bytes)), name);
  }
});

test('what readers may understand differently is refused, wherever it stands', () => {
  const nested = (depth: number) => `${'['.repeat(depth)}1${']'.repeat(depth)}`;
  assert.equal(refusalOf(nested(64)), null);
  assert.match(refusalOf(nested(65)) ?? '', /deeper than 64/);
  assert.match(refusalOf('{"a":'.repeat(65) + '1' + '}'.repeat(65)) ?? '', /deeper than 64/);
  assert.match(refusalOf('{"a":{"b":1,"\\u0062":2}}') ?? '', /`b` twice/);
  assert.match(refusalOf('[{"x":{"__proto__":{}}}]') ?? '', /__proto__/);
  assert.match(refusalOf('{"\\u005f_proto__" : 1}') ?? '', /__proto__/);
  assert.match(refusalOf('["\\ud800"]') ?? '', /lone surrogate/);
  assert.match(refusalOf('[9007199254740993]') ?? '', /2\^53/);
  assert.match(refusalOf('[-1e999]') ?? '', /too large/);
  assert.match(refusalOf(Buffer.from([0x22, 0xff, 0x22])) ?? '', /UTF-8/);
  assert.match(refusalOf('') ?? '', /JSON/);
});

test('what only looks forbidden is read', () => {
  for (const text of [
    '{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]}',
    '["__proto__","a","a"]',
    '{"a":"a","b":":","c\\"":"\\"c","{":"}"}',
    '[9007199254740991,-9007199254740991,1e22,0.1]',
  ]) {
    assert.equal(refusalOf(text), null, text);
    assert.deepEqual(parseStrictJson(Buffer.from(text)), JSON.parse(text));
  }
});

test('a refusal is one short line whatever it quotes', () => {
  for (const text of [
    `{"${'\\n'.repeat(500)}":1,"${'\\n'.repeat(500)}":2}`,
    `[${'9'.repeat(100_000)}]`,
    '{"a":\n\n\u0007',
  ]) {
    const refusal = refusalOf(text) ?? '';
    assert.ok(refusal.length < 300 && !/\p{Cc}/u.test(refusal), refusal);
  }
});
