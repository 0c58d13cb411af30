import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openDataFolder } from './data-folder.ts';
import { asDiskFull, requireFreeSpace } from './disk-full.ts';

const temporary = mkdtempSync(join(tmpdir(), 'reeve-folder-'));
after(() => rmSync(temporary, { recursive: true, force: true }));

const HOLD = `
  const { openDataFolder } = await import(${JSON.stringify(new URL('./data-folder.ts', import.meta.url).href)});
  openDataFolder(process.argv[1]);
  console.log('held');
  setInterval(() => {}, 1000);
`;

test('a new data folder is for its owner only, and is found again', () => {
  const path = join(temporary, 'deep', 'new');
  const folder = openDataFolder(path);
  assert.equal(folder.fresh, true);
  assert.equal(statSync(path).mode & 0o777, 0o700);
  folder.close();
  const again = openDataFolder(path);
  assert.equal(again.fresh, false);
  again.close();
});

test(
  'one-platform-per-folder: a second platform is refused with the first one named, until the first is killed',
  { timeout: 20_000 },
  async () => {
    const path = join(temporary, 'shared');
    const first = spawn(process.execPath, ['--input-type=module', '-e', HOLD, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(first.stdout, 'data');
    assert.throws(() => openDataFolder(path), {
      name: 'GiveUp',
      code: 'data-folder-in-use',
      message: new RegExp(`in use by another platform \\(process ${first.pid}\\)`),
    });
    first.kill('SIGKILL');
    await once(first, 'exit');
    openDataFolder(path).close();
  },
);

test('one-platform-per-folder: the same process is refused too, and its failed try does not free the lock', () => {
  const path = join(temporary, 'twice');
  const folder = openDataFolder(path);
  assert.throws(() => openDataFolder(path), { code: 'data-folder-in-use' });
  const other = spawnSync(process.execPath, ['--input-type=module', '-e', HOLD, path], {
    encoding: 'utf8',
    timeout: 15_000,
  });
  assert.match(other.stderr, /data-folder-in-use/);
  folder.close();
});

test('a data folder of another version is refused, and stays as it is', () => {
  const path = join(temporary, 'other-version');
  mkdirSync(path);
  for (const content of ['{"reeve": 2}', '{}', 'not json']) {
    writeFileSync(join(path, 'reeve.json'), content);
    assert.throws(() => openDataFolder(path), {
      name: 'GiveUp',
      code: 'data-folder-of-another-version',
      message: /reads version 1/,
    });
  }
});

test('a folder that holds other things is not taken for a data folder', () => {
  const path = join(temporary, 'home');
  mkdirSync(path);
  writeFileSync(join(path, 'thesis.txt'), '');
  assert.throws(() => openDataFolder(path), { name: 'Misuse', code: 'bad-config', message: /thesis\.txt/ });
});

test("a path that cannot be a folder is the caller's mistake", () => {
  writeFileSync(join(temporary, 'file'), '');
  assert.throws(() => openDataFolder(join(temporary, 'file')), { name: 'Misuse', code: 'bad-config' });
});

test('a disk without room is told from other failures', { skip: process.platform !== 'linux' }, async () => {
  let full: unknown;
  try {
    writeFileSync('/dev/full', 'x');
  } catch (error) {
    full = error;
  }
  assert.equal(asDiskFull(full, '/data')?.code, 'disk-full');
  assert.match(asDiskFull(full, '/data')?.message ?? '', /`\/data`/);
  assert.equal(asDiskFull('initdb: could not write: No space left on device', '/data')?.code, 'disk-full');
  assert.equal(asDiskFull(new Error('something else'), '/data'), undefined);
  await requireFreeSpace(temporary, 1);
  await assert.rejects(requireFreeSpace(temporary, 2 ** 60), {
    code: 'disk-full',
    message: /MiB free; \d+ MiB are needed/,
  });
});
