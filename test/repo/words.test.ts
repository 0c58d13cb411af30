import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from './imports.ts';

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

/** Names in `export { type X }` and `export type { X }` of the vocabulary: every type that others may speak of. */
function wordsInCode(): ReadonlySet<string> {
  const names = [...read('src/vocabulary/index.ts').matchAll(/\b[A-Z][A-Za-z]*[a-z][A-Za-z]*\b/g)].map(
    (match) => match[0],
  );
  const header = /^\/\*\*[\s\S]*?\*\//.exec(read('src/vocabulary/index.ts'))?.[0] ?? '';
  return new Set(names.filter((name) => !header.includes(name)));
}

/** Names that the glossary explains. */
function wordsOnPage(): ReadonlySet<string> {
  return new Set(
    [...read('docs/words.md').matchAll(/`([A-Z][A-Za-z]*[a-z][A-Za-z]*)`/g)].map((match) => match[1] as string),
  );
}

/** Errors, explained where they are thrown and in docs/errors.md. */
const ERRORS = new Set(['GiveUp', 'Misuse', 'RetryLater']);

test('every word of the vocabulary is in docs/words.md', () => {
  // A type that is not in the glossary is a second word for something, or a word that nobody can look up.
  const page = wordsOnPage();
  assert.deepEqual(
    [...wordsInCode()].filter((word) => !page.has(word) && !ERRORS.has(word)),
    [],
  );
});

test('every type that docs/words.md names is in the vocabulary', () => {
  const code = wordsInCode();
  assert.deepEqual(
    [...wordsOnPage()].filter((word) => !code.has(word) && word !== 'Record'),
    [],
  );
});
