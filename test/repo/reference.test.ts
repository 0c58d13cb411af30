import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { REFERENCES, withPrinted } from '../../scripts/reference.ts';
import {
  EFFECT_STATES,
  EFFECT_TRANSITIONS,
  ENTRY_KINDS,
  ID_PREFIX,
  RUN_ENDED,
  RUN_STATES,
} from '../../src/vocabulary/index.ts';
import { ROOT } from './imports.ts';

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

for (const { page, name, print } of REFERENCES) {
  test(`${page} lists the ${name} as the code has them`, async () => {
    // What is written by hand twice is wrong once. To mend it: node scripts/run.mjs scripts/print-reference.ts
    const text = read(page);
    assert.equal(text, withPrinted(text, name, await print()));
  });
}

test('every kind of ledger entry has its heading in docs/entries.md, and nothing else has', () => {
  // An auditor reads entries with that page in hand.
  const headings = [...read('docs/entries.md').matchAll(/^## `(.+)`$/gm)].map((match) => match[1]);
  assert.deepEqual(headings, [...ENTRY_KINDS]);
});

/** The members of a union of string literals, which do not exist at run time. */
function membersOf(path: string, type: string): readonly string[] {
  const text = read(path);
  const from = text.indexOf(`export type ${type} =`);
  assert.ok(from >= 0, `${path} has no \`${type}\``);
  const union = text.slice(from, text.indexOf(';\n', from));
  return [...union.matchAll(/\| '([a-z-]+)'/g)].map((match) => match[1] as string).sort();
}

/** Codes in the first column of the tables of a page. */
function codesIn(path: string): readonly string[] {
  return [...read(path).matchAll(/^\| `([a-z-]+)` \|/gm)].map((match) => match[1] as string).sort();
}

test('every refusal and every failure is in docs/refusals.md', () => {
  // The codes are stable, and what a person does about one is not to be guessed.
  const codes = [
    ...membersOf('src/vocabulary/verdict.ts', 'RefusalCode'),
    ...membersOf('src/vocabulary/outcome.ts', 'FailureCode'),
  ].sort();
  assert.deepEqual(codesIn('docs/refusals.md'), codes);
});

test('every fault code is in docs/errors.md', () => {
  // Programs that call the API act on these codes.
  assert.ok(existsSync(join(ROOT, 'docs/errors.md')), 'docs/errors.md is missing');
  const documented = read('docs/errors.md');
  const missing = membersOf('src/vocabulary/fault.ts', 'FaultCode').filter(
    (code) => !documented.includes(`\`${code}\``),
  );
  assert.deepEqual(missing, []);
});

test('docs/effects.md has the states of an effect, and what may follow what', () => {
  const rows = [
    ...read('docs/effects.md').matchAll(/^\| ((?:`[a-z-]+`(?:, )?)+) \| (nothing|(?:`[a-z-]+`(?:, )?)+) \|$/gm),
  ];
  const named = (cell: string) => [...cell.matchAll(/`([a-z-]+)`/g)].map((match) => match[1] as string);
  const onPage = rows.flatMap(([, states = '', next = '']) =>
    named(states).map((state) => [state, named(next)] as const),
  );
  assert.deepEqual(Object.fromEntries(onPage), EFFECT_TRANSITIONS);
});

test('the database takes the states of the vocabulary and no others', () => {
  // A state that one of them does not know would be refused at night, by the database, in front of an outcome.
  const sql = read('src/host/migrations/0000_record.sql');
  const statesOf = (name: string) => {
    const [, list = ''] =
      new RegExp(`create table reeve\\.${name} \\([\\s\\S]*?check \\(state in \\(([^)]*)\\)`).exec(sql) ?? [];
    return [...list.matchAll(/'([a-z-]+)'/g)].map((match) => match[1]);
  };
  assert.deepEqual(statesOf('effect'), [...EFFECT_STATES]);
  assert.deepEqual(statesOf('run'), [...RUN_STATES]);
  // What has ended does not end again: the condition of the one statement that ends runs.
  const open = RUN_STATES.filter((state) => !RUN_ENDED.includes(state)).map((state) => `'${state}'`);
  assert.ok(sql.includes(`where id = x.id and state || '' in (${open.join(', ')})`));
});

test('every prefix of an id is in docs/words.md', () => {
  const page = read('docs/words.md');
  assert.deepEqual(
    Object.values(ID_PREFIX).filter((prefix) => !page.includes(`\`${prefix}_\``)),
    [],
  );
});
