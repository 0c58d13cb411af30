import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  engineMisuse,
  environmentReaders,
  forbiddenImports,
  headersMissing,
  importCycles,
  readTable,
  vagueNames,
  withFleets,
} from './architecture.ts';
import { importsOf, readSources, ROOT, type Source } from './imports.ts';

const sources = readSources();
const table = withFleets(readTable(readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8')), sources);

/** A file that is not there, to see that it would be caught. */
function planted(path: string, ...lines: readonly string[]): Source {
  return { path, text: lines.join('\n') };
}

test('imports follow the table in ARCHITECTURE.md', () => {
  // One direction only: whoever reads a stage need not know the others.
  assert.deepEqual(forbiddenImports(sources, table), []);
});

test('a planted import is caught, however it is written', () => {
  const wrong = (path: string, ...lines: string[]) => forbiddenImports([planted(path, ...lines)], table);
  assert.match(
    wrong('src/act/planted.ts', "import { judge } from '../govern/index.ts';")[0] ?? '',
    /may not import `govern`/,
  );
  assert.match(
    wrong('src/act/planted.ts', 'import {', '  judge,', "} from '../govern/index.ts';")[0] ?? '',
    /`govern`/,
  );
  assert.match(wrong('src/act/planted.ts', "import type { Law } from '../govern/index.ts';")[0] ?? '', /`govern`/);
  assert.match(wrong('src/act/planted.ts', "export { judge } from '../govern/index.ts';")[0] ?? '', /`govern`/);
  assert.match(wrong('src/act/planted.ts', "import '../govern/index.ts';")[0] ?? '', /`govern`/);
  assert.match(wrong('src/act/planted.ts', "const it = await import('../govern/index.ts');")[0] ?? '', /`govern`/);
  assert.match(
    wrong('src/fabric/planted.ts', "import { judge } from '../govern/judge.ts';")[0] ?? '',
    /past its `index.ts`/,
  );
  assert.match(wrong('src/act/planted.ts', "import pg from 'pg';")[0] ?? '', /package `pg`/);
  assert.match(wrong('src/newcomer/planted.ts', '')[0] ?? '', /no row/);
  assert.match(wrong('fleets/security/planted.ts', "import { x } from '../../src/host/index.ts';")[0] ?? '', /`host`/);
  assert.match(wrong('fleets/security/planted.ts', "import { x } from '../finance/events.ts';")[0] ?? '', /past its/);
  assert.match(
    wrong('src/act/a.test.ts', "import { judge } from '../govern/judge.ts';")[0] ?? '',
    /past its `index.ts`/,
  );
  assert.deepEqual(wrong('src/fabric/planted.ts', "import { judge } from '../govern/index.ts';"), []);
  assert.deepEqual(wrong('src/act/a.test.ts', "import { judge } from '../govern/index.ts';"), []);
});

test('no files and no folders import each other in a ring', () => {
  // Not even types: a shared type is a word, and lives in `vocabulary`.
  assert.deepEqual(importCycles(sources), []);
});

test('a planted ring is caught', () => {
  const ring = [
    planted('src/act/a.ts', "import { b } from './b.ts';"),
    planted('src/act/b.ts', "import type { C } from './c.ts';"),
    planted('src/act/c.ts', "import { a } from './a.ts';"),
  ];
  assert.deepEqual(importCycles(ring), ['cycle: src/act/a.ts, src/act/b.ts, src/act/c.ts']);
  const folders = [
    planted('src/act/a.ts', "import { b } from '../govern/index.ts';"),
    planted('src/govern/index.ts', "import { b } from '../ledger/index.ts';"),
    planted('src/ledger/index.ts', "import { b } from '../act/index.ts';"),
  ];
  assert.deepEqual(importCycles(folders), ['cycle: act, govern, ledger']);
});

test('every import that a person would find is found', () => {
  // The reader is a pattern, not a compiler: it must not miss the way this repository writes imports.
  for (const { path, text } of sources) {
    const simple = text.split('\n').filter((line) => /^(import|export)\b.*\bfrom '|^\} from '/.test(line)).length;
    const found = importsOf({ path, text }).length;
    assert.ok(found >= simple, `${path}: ${simple} lines import, ${found} imports were read`);
  }
});

test('every folder of src opens with what lives there, in at most fifteen lines', () => {
  assert.deepEqual(headersMissing(sources), []);
  assert.equal(headersMissing([planted('src/act/index.ts', "export {} from './x.ts';")]).length, 1);
});

test('names say what is there', () => {
  // A drawer of odds and ends grows for ever, and nobody finds what is in it.
  assert.deepEqual(vagueNames(sources), []);
  assert.deepEqual(vagueNames([planted('src/act/http-utils.ts', '')]), ['src/act/http-utils.ts']);
});

test('only src/host/config.ts reads the environment', () => {
  // Settings that are read elsewhere are in no list, have no default and no reason.
  assert.deepEqual(environmentReaders(sources), []);
  assert.equal(environmentReaders([planted('src/act/x.ts', 'export const x = process.env;')]).length, 1);
});

test('only src/fabric/engine.ts speaks to Restate, and never through native promise combinators', () => {
  // A run that awaits engine promises in `Promise.all` gets stuck after a suspension.
  assert.deepEqual(engineMisuse(sources), []);
  const line = "import * as restate from '@restatedev/restate-sdk';";
  assert.equal(engineMisuse([planted('src/serve/x.ts', line)]).length, 1);
  assert.equal(engineMisuse([planted('src/fabric/engine.ts', line, 'await Promise.all([]);')]).length, 1);
});

test('one-writer: only the fabric appends, through the one file that calls the append function', () => {
  // Whoever else could append could put on record what nobody judged.
  const code = sources.filter(({ path }) => /^(src|fleets)\//.test(path) && !/\.(test|cases)\.ts$/.test(path));
  const saying = (what: RegExp) => code.filter(({ text }) => what.test(text)).map(({ path }) => path);
  assert.deepEqual(saying(/\breeve\.append\(/), ['src/ledger/writer.ts']);
  assert.deepEqual(
    saying(/\bopenWriter\(/).filter((path) => path !== 'src/ledger/writer.ts'),
    ['src/platform.ts'],
  );
  const appending = saying(/\bwriter\.append\(/);
  assert.ok(appending.length > 0);
  assert.deepEqual(
    appending.filter((path) => !path.startsWith('src/fabric/')),
    [],
  );
});
