import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault } from '../vocabulary/index.ts';
import { applyLaw } from './apply-law.ts';
import { refuseUnbounded } from './bounded-text.ts';
import { formatted } from './check.ts';
import { loadLaw, parseLaw } from './law.ts';
import { ORDINARY } from './ordinary-case.ts';
import { readPolicySet } from './policy-set.ts';
import { tightenedBy } from './tenant-law.ts';
import type { TenantId } from '../vocabulary/index.ts';

const { policies, schema, rules } = readPolicySet();
const forbid = (condition: string) => `@id("deep")\nforbid (principal, action, resource) when { ${condition} };`;
const seen = 'context.seenUntrusted';

/** Each would end Cedar's module, if it got to see it. */
const DEADLY: Readonly<Record<string, string>> = {
  brackets: forbid('('.repeat(300) + seen + ')'.repeat(300)),
  'not of not': forbid('!('.repeat(300) + seen + ')'.repeat(300)),
  sets: forbid(`${'['.repeat(300)}1${']'.repeat(300)} == 1`),
  records: forbid(`${'{a: '.repeat(300)}1${'}'.repeat(300)} == 1`),
  ors: forbid(Array.from({ length: 500 }, () => seen).join(' || ')),
  ands: forbid(Array.from({ length: 500 }, () => seen).join(' && ')),
  sums: forbid(`${Array.from({ length: 500 }, () => 'context.hour').join(' + ')} < 0`),
  choices: forbid(`${`if ${seen} then false else `.repeat(1_000)}false`),
  'brackets after a string with a bracket in it': forbid(
    `"((" == "\\"" || ${'('.repeat(300)}${seen}${')'.repeat(300)}`,
  ),
};

for (const [what, text] of Object.entries(DEADLY)) {
  test(`Cedar is not shown ${what} that it would not survive, wherever they come from`, () => {
    const law = loadLaw(undefined, 'active');
    const refusals = [
      () => parseLaw(`${policies}\n${text}`, schema, 'candidate', rules),
      () => tightenedBy(law, 'north' as TenantId, text),
      () => formatted(text),
    ];
    for (const refusal of refusals) assert.throws(refusal, (error) => isFault(error) && error.code === 'bad-policy');
    assert.equal(applyLaw(ORDINARY, law).kind, 'permitted', 'it still answers');
  });
}

test('a schema is held to the same', () => {
  const deep = schema.replace('depth: Long', `depth: ${'Set<'.repeat(300)}Long${'>'.repeat(300)}`);
  assert.notEqual(deep, schema);
  assert.throws(() => parseLaw(policies, deep, 'candidate', rules), /nested deeper/);
});

test('what ships, and what is long but flat, is taken', () => {
  refuseUnbounded(policies, 'policies');
  refuseUnbounded(schema, 'schema');
  const names = Array.from({ length: 1_000 }, (_, n) => `"t-${n} || (( {{ !"`).join(', ');
  refuseUnbounded(forbid(`[${names}].contains(principal.role)`), 'policies');
});
