import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ROOT } from './imports.ts';

/** What git would ship: tracked, or new and not ignored. */
const FILES: readonly string[] = listFiles().filter(
  (path) => statSync(join(ROOT, path), { throwIfNoEntry: false })?.isFile() === true,
);
const PAGES = FILES.filter((path) => path.endsWith('.md') && !/(^|\/)data\//.test(path));
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

function listFiles(): readonly string[] {
  try {
    const args = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
    return execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split('\0');
  } catch {
    // An unpacked archive has no git: everything but what a run leaves there.
    const exclude = ['**/node_modules/**', '.git/**', '.reeve/**'];
    return globSync(['**/*', '.ci/*', '.*'], { cwd: ROOT, exclude });
  }
}

/** Paths that a text names in backticks; from the root, or from where the page lies. */
function pathsNamed(text: string): readonly string[] {
  const named = [...text.matchAll(/`([^`\s]+)`/g)].map((match) => match[1] as string);
  return named.filter((name) => /^(src|test|docs|fleets|examples|scripts|bench|bin|\.ci)\/[\w./*{},-]*$/.test(name));
}

test('every path that a page names exists', () => {
  // Pages rot where nothing checks them.
  const missing = PAGES.flatMap((page) =>
    pathsNamed(read(page))
      .filter((path) =>
        [ROOT, join(ROOT, dirname(page))].every((cwd) => globSync(path.replace(/\/$/, ''), { cwd }).length === 0),
      )
      .map((path) => `${page}: ${path}`),
  );
  assert.deepEqual(missing, []);
});

test('every page that code names exists', () => {
  const code = FILES.filter((path) => /\.(ts|mjs|sql|cedar)$/.test(path) && !path.startsWith('test/repo/'));
  const missing = code.flatMap((path) =>
    [...read(path).matchAll(/(?<![\w$}/.-])(?:[\w.-]+\/)*[\w-]+\.md\b/g)]
      .map((match) => match[0])
      .filter((page) =>
        [ROOT, join(ROOT, dirname(path)), join(ROOT, dirname(path), '..')].every(
          (from) => !existsSync(join(from, page)),
        ),
      )
      .map((page) => `${path}: ${page}`),
  );
  assert.deepEqual(missing, []);
});

test('every link between pages leads somewhere', () => {
  const broken = PAGES.flatMap((page) =>
    [...read(page).matchAll(/\]\(([^)\s#]+)[^)]*\)/g)]
      .map((match) => match[1] as string)
      .filter((target) => !/^[a-z]+:/.test(target) && !existsSync(join(ROOT, dirname(page), target)))
      .map((target) => `${page}: ${target}`),
  );
  assert.deepEqual(broken, []);
});

test('snippets on pages are cut from examples that run', () => {
  // A snippet that was typed into a page was never compiled.
  const snippets = [...read('docs/write-an-agent.md').matchAll(/<!-- from (\S+) -->\n```ts\n([\s\S]*?)```/g)];
  assert.ok(snippets.length >= 4);
  for (const [, path = '', snippet = ''] of snippets) {
    assert.ok(read(path).includes(snippet), `${path} does not hold:\n${snippet}`);
  }
  const blocks = read('docs/write-an-agent.md').match(/```ts\n/g) ?? [];
  assert.equal(blocks.length, snippets.length);
});

test('the policy and the policy test in docs/policies.md are those that ship', () => {
  const page = read('docs/policies.md');
  const [, policy = ''] = /```cedar\n([\s\S]*?)```/.exec(page) ?? [];
  assert.ok(policy !== '' && read('src/govern/policies/reeve.cedar').includes(policy));
  const [, example = ''] = /```json\n([\s\S]*?)```/.exec(page) ?? [];
  const tests = JSON.parse(read('src/govern/policies/tests/reeve.json')) as object[];
  assert.ok(tests.some((one) => JSON.stringify(one) === JSON.stringify(JSON.parse(example))));
});

test('what ships is small', () => {
  // A clone is part of the two-minute start: 15 MB of data and code in all, compressed.
  const bytes = FILES.reduce((sum, path) => sum + gzipSync(readFileSync(join(ROOT, path)), { level: 1 }).length, 0);
  assert.ok(bytes < 15e6, `${(bytes / 1e6).toFixed(1)} MB`);
});

test('all data that ships says where it is from, under which licence', () => {
  const folders = new Set(FILES.flatMap((path) => /^(?:fleets\/.*?\/data|test\/data\/[^/]+)(?=\/)/.exec(path) ?? []));
  assert.ok(folders.size >= 5);
  const notice = read('NOTICE');
  for (const folder of folders) {
    assert.ok(existsSync(join(ROOT, folder, 'README.md')), `${folder} has no README.md`);
    assert.match(read(join(folder, 'README.md')), /licen[cs]e/i, folder);
    assert.ok(notice.includes(folder), `NOTICE does not name ${folder}`);
  }
});

test('nothing names the machine it was made on', () => {
  // The repository stands alone: no folder of one workplace, no mirror of a registry.
  const machine = /(?<![\w.}])\/(?:work|root|Users|home)\/[a-z]|[a-z]+\.(?:internal|corp|lan)\b(?![-'.(/])/;
  const found = FILES.filter((path) => !/(^|\/)data\//.test(path) && !path.startsWith('test/repo/docs.test')).flatMap(
    (path) =>
      read(path)
        .split('\n')
        .filter((line) => machine.test(line))
        .map((line) => `${path}: ${line.trim().slice(0, 120)}`),
  );
  assert.deepEqual(found, []);
  const hosts = [...read('package-lock.json').matchAll(/"resolved": "https?:\/\/([^/"]+)/g)].map((match) => match[1]);
  // Packages come from the registry that the user's npm is set to.
  assert.deepEqual([...new Set(hosts)], []);
});
