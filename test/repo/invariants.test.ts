import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readSources, ROOT } from './imports.ts';

const sources = readSources();

/** Names of all `INVARIANT (name)` in the code that ships. */
function defined(): readonly string[] {
  const names = sources
    .filter(({ path }) => /^(src|fleets)\//.test(path) && !path.endsWith('.test.ts'))
    .flatMap(({ text }) => [...text.matchAll(/INVARIANT \(([a-z-]+)\)/g)].map((match) => match[1] as string));
  return [...new Set(names)].sort();
}

/** Titles of all tests. */
function titles(): readonly string[] {
  return sources
    .filter(({ path }) => /\.(test|cases)\.ts$/.test(path))
    .flatMap(({ text }) => [...text.matchAll(/\b(?:test|it|describe|suite)\(\s*(['"`])((?:\\.|(?!\1)[\s\S])*)\1/g)])
    .map((match) => match[2] as string);
}

test('every invariant has a test that bears its name', () => {
  // A promise that no test breaks when it is broken is a wish.
  const all = titles();
  assert.ok(defined().length > 10);
  assert.deepEqual(
    defined().filter((name) => !all.some((title) => title.includes(name))),
    [],
  );
});

test('every invariant is in ARCHITECTURE.md, and every one there is in the code', () => {
  const [, section = ''] = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8').split('## What always holds');
  const listed = [...section.matchAll(/^\| ([a-z]+(?:-[a-z]+)+) \|/gm)].map((match) => match[1] as string).sort();
  assert.deepEqual(listed, defined());
});

test('every failpoint stands somewhere in the code', async () => {
  // A name in the registry that no code passes would be covered by tests that test nothing.
  const { FAILPOINTS } = await import('../../src/vocabulary/index.ts');
  const code = sources.filter(({ path }) => path.startsWith('src/') && !path.endsWith('.test.ts'));
  const passed = (name: string) => code.some(({ text }) => text.includes(`failpoint('${name}')`));
  assert.deepEqual(
    FAILPOINTS.filter((name) => !passed(name)),
    [],
  );
});
