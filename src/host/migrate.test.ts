import assert from 'node:assert/strict';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openDataFolder, type DataFolder } from './data-folder.ts';
import { openPorts } from './free-port.ts';
import { migrate } from './migrate.ts';
import { databaseFault, openPool, withClient } from './pool.ts';
import { startPostgres, type EmbeddedPostgres } from './postgres.ts';

const temporary = mkdtempSync(join(tmpdir(), 'reeve-migrate-'));
let folder: DataFolder;
let postgres: EmbeddedPostgres;

before(
  async () => {
    folder = openDataFolder(join(temporary, 'data'));
    postgres = await startPostgres(folder, openPorts(folder), () => {});
  },
  { timeout: 60_000 },
);
after(
  async () => {
    await postgres.child.stop();
    folder.close();
    rmSync(temporary, { recursive: true, force: true });
  },
  { timeout: 30_000 },
);

const ONE = 'create table one (n integer);\n--> statement-breakpoint\ninsert into one values (1);';
const TWO = 'alter table one add column m integer not null default 2;';

function migrations(name: string, files: readonly string[]): string {
  const path = join(temporary, name);
  mkdirSync(join(path, 'meta'), { recursive: true });
  const entries = files.map((sql, idx) => {
    const tag = `000${idx}_step`;
    writeFileSync(join(path, `${tag}.sql`), sql);
    return { idx, version: '7', when: 1_000 + idx, tag, breakpoints: true };
  });
  writeFileSync(join(path, 'meta', '_journal.json'), JSON.stringify({ version: '7', dialect: 'postgresql', entries }));
  return path;
}

/** A database for each test, made from nothing. */
async function emptyDatabase(name: string): Promise<string> {
  const superuser = JSON.parse(
    await import('node:fs').then((fs) => fs.readFileSync(folder.at('passwords.json'), 'utf8')),
  ) as {
    superuser: string;
  };
  const admin = new URL(postgres.url);
  [admin.username, admin.password, admin.pathname] = ['postgres', superuser.superuser, '/postgres'];
  await withClient(admin.href, 10_000, (client) => client.query(`create database ${name} owner reeve`));
  const url = new URL(postgres.url);
  url.pathname = `/${name}`;
  return url.href;
}

test('migrations are applied once, and a new one is one file and one line', async () => {
  const url = await emptyDatabase('once');
  assert.deepEqual(await migrate(url, migrations('first', [ONE])), ['0000_step']);
  assert.deepEqual(await migrate(url, migrations('first', [ONE])), []);
  assert.deepEqual(await migrate(url, migrations('second', [ONE, TWO])), ['0001_step']);
  const { rows } = await withClient(url, 5_000, (client) => client.query('select n, m from one'));
  assert.deepEqual(rows, [{ n: 1, m: 2 }]);
});

test('platforms that start together apply each migration once', async () => {
  const url = await emptyDatabase('together');
  const path = migrations('together', [ONE, TWO]);
  const applied = await Promise.all(Array.from({ length: 6 }, () => migrate(url, path)));
  assert.deepEqual(applied.flat(), ['0000_step', '0001_step']);
});

test('a database that is newer than the code is refused', async () => {
  const url = await emptyDatabase('newer');
  await migrate(url, migrations('newer', [ONE, TWO]));
  await assert.rejects(migrate(url, migrations('older', [ONE])), {
    name: 'GiveUp',
    code: 'database-newer-than-code',
    message: /has 2 migrations, this program knows 1/,
  });
});

test('a migration that was changed after it was applied is refused', async () => {
  const url = await emptyDatabase('changed');
  const path = migrations('changed', [ONE]);
  await migrate(url, path);
  appendFileSync(join(path, '0000_step.sql'), '-- a small correction');
  await assert.rejects(migrate(url, path), { code: 'migration-changed', message: /`0000_step`/ });
});

test('a migration that fails leaves the database as it was', async () => {
  const url = await emptyDatabase('failing');
  await assert.rejects(migrate(url, migrations('failing', [ONE, 'alter table nowhere add column x integer;'])), {
    code: 'internal',
    message: /relation "nowhere" does not exist/,
  });
  assert.deepEqual(await migrate(url, migrations('repaired', [ONE])), ['0000_step']);
});

test('a file without a line, a line without a file, and lines out of order are found', async () => {
  const forgotten = migrations('forgotten', [ONE]);
  writeFileSync(join(forgotten, '0001_forgotten.sql'), TWO);
  await assert.rejects(migrate(postgres.url, forgotten), { message: /`0001_forgotten.sql` has no line/ });
  const missing = migrations('missing', [ONE]);
  rmSync(join(missing, '0000_step.sql'));
  await assert.rejects(migrate(postgres.url, missing), { message: /there is no `0000_step.sql`/ });
  const disordered = migrations('disordered', [ONE, TWO]);
  cpSync(join(disordered, 'meta', '_journal.json'), join(disordered, 'meta', 'was.json'));
  const entries = [
    { when: 5, tag: '0000_step' },
    { when: 5, tag: '0001_step' },
  ];
  writeFileSync(join(disordered, 'meta', '_journal.json'), JSON.stringify({ entries }));
  await assert.rejects(migrate(postgres.url, disordered), { message: /`when` of `0001_step` is not later/ });
});

test('the migrations that ship apply to an empty database, as a role that is no superuser', async () => {
  const applied = await migrate(postgres.url);
  assert.equal(applied[0], '0000_record');
  assert.deepEqual(await migrate(postgres.url), []);
});

test('a pool tells a database that is away from a statement that is wrong', async () => {
  const pool = openPool(postgres.url, { statementLimitMs: 100 });
  const wrong: unknown = await pool.query('select nonsense').catch((error: unknown) => error);
  assert.equal(databaseFault(wrong), undefined);
  assert.match(String(wrong), /column "nonsense" does not exist/);
  await assert.rejects(pool.query('select pg_sleep(5)'), /statement timeout/);
  await pool.end();

  const away = openPool('postgres://u:p@127.0.0.1:9/d');
  await assert.rejects(away.query('select 1'), { name: 'RetryLater', code: 'database-unreachable' });
  await assert.rejects(away.connect(), { name: 'RetryLater', code: 'database-unreachable' });
  await away.end();
});
