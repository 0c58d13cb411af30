import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readConfig } from './config.ts';
import { startHost, type Host } from './host.ts';
import type { RetryLater } from '../vocabulary/index.ts';
import { databaseFault, openPool } from './pool.ts';
import { postgresBinaries } from './postgres-binaries.ts';
import { identityOf, processesIn } from './process-identity.ts';
import { unprivilegedUser } from './unprivileged-user.ts';

const temporary = mkdtempSync(join(tmpdir(), 'reeve-host-'));
after(() => rmSync(temporary, { recursive: true, force: true }));
const limit = { timeout: 60_000 };
const isRoot = process.getuid?.() === 0;

const configOf = (dataDir: string, more = {}) => readConfig({}, { dataDir, ...more });
const running = (dir: string) =>
  processesIn(
    [join(dir, 'postgres'), join(dir, 'postgres', 'data'), join(dir, 'restate')],
    ['postgres', 'initdb', 'restate-server'],
  );

async function answer(host: Host): Promise<unknown> {
  const pool = openPool(host.databaseUrl);
  try {
    return (await pool.query<{ answer: number }>('select 42 as answer')).rows[0]?.answer;
  } finally {
    await pool.end();
  }
}

/** A backend may answer once more before it finds its server dead. */
async function untilRejected(work: () => Promise<unknown>): Promise<unknown> {
  for (;;) {
    try {
      await work();
    } catch (error) {
      return error;
    }
  }
}

async function untilHealthy(host: Host): Promise<void> {
  const children = Object.values(host.children);
  while (!children.every(({ state }) => state === 'healthy')) await sleep(20);
}

test(
  'no-orphans: a fresh start brings both up, one-platform-per-folder holds, and stop leaves nothing running',
  limit,
  async () => {
    const dataDir = join(temporary, 'fresh');
    const events: string[] = [];
    const host = await startHost(configOf(dataDir), {
      onEvent: ({ child, state }) => events.push(`${child} ${state}`),
    });
    const pids = [host.children.postgres?.pid, host.children.restate?.pid];
    try {
      assert.equal(await answer(host), 42);
      assert.equal((await fetch(`${host.engine.admin}/version`)).status, 200);
      assert.equal(new Set(Object.values(host.ports)).size, 4);
      assert.doesNotMatch(JSON.stringify(host.status()), new RegExp(new URL(host.databaseUrl).password));
      assert.equal(statSync(join(dataDir, 'passwords.json')).mode & 0o777, 0o600);
      await assert.rejects(startHost(configOf(dataDir)), {
        code: 'data-folder-in-use',
        message: new RegExp(`process ${process.pid}`),
      });
    } finally {
      await Promise.all([host.stop(), host.stop()]);
    }
    assert.deepEqual(running(dataDir), []);
    for (const pid of pids) assert.equal(identityOf(pid!), undefined);
    assert.deepEqual(
      events.filter((event) => event.startsWith('postgres')).join(),
      'postgres starting,postgres healthy,postgres stopping,postgres stopped',
    );
  },
);

test('the database listens on loopback alone, keeps what it acknowledged, and wants its password', limit, async () => {
  const dataDir = join(temporary, 'fresh');
  const host = await startHost(configOf(dataDir));
  const pool = openPool(host.databaseUrl);
  try {
    const { rows } = await pool.query<{ name: string; setting: string }>(
      `select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'listen_addresses', 'server_encoding', 'jit')
       order by name`,
    );
    assert.deepEqual(Object.fromEntries(rows.map(({ name, setting }) => [name, setting])), {
      fsync: 'on',
      jit: 'off',
      listen_addresses: '127.0.0.1',
      server_encoding: 'UTF8',
      synchronous_commit: 'on',
    });
    assert.deepEqual((await pool.query('select rolsuper from pg_roles where rolname = current_user')).rows, [
      { rolsuper: false },
    ]);
    const wrong = new URL(host.databaseUrl);
    wrong.password = 'guess';
    await assert.rejects(startHost(configOf(join(temporary, 'guess'), { databaseUrl: wrong.href })), {
      code: 'bad-config',
      message: /refuses us: password authentication failed/,
    });
  } finally {
    await pool.end();
    await host.stop();
  }
});

test(
  'a database and an engine that are killed are healed at the same addresses, and nobody else falls',
  limit,
  async () => {
    const dataDir = join(temporary, 'fresh');
    const host = await startHost(configOf(dataDir));
    const pool = openPool(host.databaseUrl);
    try {
      await pool.query('create table if not exists kept (n integer)');
      await pool.query('insert into kept values (1)');
      const lent = await pool.connect();
      const dying = [host.children.postgres!.pid!, host.children.restate!.pid!];
      for (const pid of dying) process.kill(pid, 'SIGKILL');
      const errors = await Promise.all([
        untilRejected(() => pool.query('select 1')),
        untilRejected(() => lent.query('select 1')),
      ]);
      lent.release(true);
      assert.equal((errors[0] as RetryLater).code, 'database-unreachable');
      assert.equal(databaseFault(errors[1])?.code, 'database-unreachable');
      while (host.children.postgres!.restarts + host.children.restate!.restarts < 2) await sleep(10);
      await untilHealthy(host);
      assert.deepEqual((await pool.query('select n from kept')).rows, [{ n: 1 }]);
      assert.equal((await fetch(`${host.engine.ingress}/restate/health`)).status, 200);
      assert.ok(!dying.includes(host.children.postgres!.pid!) && !dying.includes(host.children.restate!.pid!));
    } finally {
      await pool.end();
      await host.stop();
    }
    assert.deepEqual(running(dataDir), []);
  },
);

test('no-orphans: what a killed platform left is ended by the next start, which is quick', limit, async () => {
  const dataDir = join(temporary, 'orphaned');
  const parent = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `const { readConfig, startHost } = await import(${JSON.stringify(new URL('./index.ts', import.meta.url).href)});
       const host = await startHost(readConfig({}, { dataDir: process.argv[1] }));
       console.log(JSON.stringify([host.children.postgres.pid, host.children.restate.pid]));
       setInterval(() => {}, 1000);`,
      dataDir,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const orphans = JSON.parse(line.toString()) as number[];
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  for (const pid of orphans) assert.notEqual(identityOf(pid), undefined, 'the orphan lives');
  const began = performance.now();
  const host = await startHost(configOf(dataDir));
  const tookMs = performance.now() - began;
  try {
    for (const pid of orphans) assert.equal(identityOf(pid), undefined, 'the orphan is gone');
    assert.equal(await answer(host), 42);
    assert.ok(tookMs < 8_000, `${tookMs} ms`);
  } finally {
    await host.stop();
  }
  assert.deepEqual(running(dataDir), []);
});

test('no-orphans: a platform that ends by an error of its own takes its children along', limit, async () => {
  const dataDir = join(temporary, 'orphaned');
  const parent = spawnSync(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `const { readConfig, startHost } = await import(${JSON.stringify(new URL('./index.ts', import.meta.url).href)});
       await startHost(readConfig({}, { dataDir: process.argv[1] }));
       throw new Error('a bug');`,
      dataDir,
    ],
    { encoding: 'utf8', timeout: 30_000 },
  );
  assert.match(parent.stderr, /a bug/);
  for (let waited = 0; running(dataDir).length > 0 && waited < 10_000; waited += 50) await sleep(50);
  assert.deepEqual(running(dataDir), []);
});

test(
  "others' database and engine are used when the settings name them, and missing ones are named",
  limit,
  async () => {
    const provider = await startHost(configOf(join(temporary, 'fresh')));
    try {
      const { databaseUrl } = provider;
      const { ingress: restateIngress, admin: restateAdmin } = provider.engine;
      const host = await startHost(configOf(join(temporary, 'guest'), { databaseUrl, restateIngress, restateAdmin }));
      assert.deepEqual(host.children, {});
      assert.deepEqual(host.engine, provider.engine);
      assert.equal(host.status().database.kind, 'external');
      assert.equal(await answer(host), 42);
      await host.stop();
      assert.equal(existsSync(join(temporary, 'guest', 'postgres')), false);

      const away = 'http://127.0.0.1:9';
      await assert.rejects(
        startHost(configOf(join(temporary, 'away'), { databaseUrl, restateIngress, restateAdmin: away })),
        {
          code: 'engine-unreachable',
          message: /`REEVE_RESTATE_ADMIN`, `http:\/\/127\.0\.0\.1:9`/,
        },
      );
      await assert.rejects(
        startHost(
          configOf(join(temporary, 'away'), {
            databaseUrl: 'postgres://u:secret@127.0.0.1:9/d',
            restateIngress,
            restateAdmin,
          }),
        ),
        (error: Error & { code: string }) =>
          error.code === 'database-unreachable' && /ECONNREFUSED/.test(error.message) && !/secret/.test(error.message),
      );
    } finally {
      await provider.stop();
    }
  },
);

test('ports that are taken are stepped over', limit, async () => {
  const dataDir = join(temporary, 'fresh');
  const { postgres, 'restate-ingress': ingress } = JSON.parse(
    readFileSync(join(dataDir, 'ports.json'), 'utf8'),
  ) as Record<string, { port: number }>;
  const squatters = [postgres!.port, ingress!.port].map((port) => createServer().listen(port, '127.0.0.1'));
  await Promise.all(squatters.map((squatter) => once(squatter, 'listening')));
  const host = await startHost(configOf(dataDir));
  try {
    assert.notEqual(host.ports['postgres'], postgres!.port);
    assert.notEqual(host.ports['restate-ingress'], ingress!.port);
    assert.equal(await answer(host), 42);
  } finally {
    await host.stop();
    for (const squatter of squatters) squatter.close();
  }
});

test(
  'a disk without room is said, and nothing is left running',
  { ...limit, skip: !isRoot && 'only root can mount' },
  async (t) => {
    const disk = join(temporary, 'small-disk');
    mkdirSync(disk);
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=20m', 'tmpfs', disk]).status !== 0)
      return t.skip('mounting is not allowed here');
    try {
      await assert.rejects(startHost(configOf(disk)), {
        name: 'GiveUp',
        code: 'disk-full',
        message: /\d+ MiB free; 150 MiB are needed/,
      });
      assert.deepEqual(running(disk), []);
    } finally {
      spawnSync('umount', [disk]);
    }
  },
);

test(
  'as root, the database runs as nobody in a folder that only root may enter',
  { ...limit, skip: !isRoot },
  async () => {
    const closed = mkdtempSync(join(homedir(), '.reeve-test-'));
    chmodSync(closed, 0o700);
    try {
      const dataDir = join(closed, 'data');
      for (const start of ['first', 'second']) {
        const host = await startHost(configOf(dataDir));
        try {
          assert.equal(await answer(host), 42, start);
          assert.notEqual(statSync(`/proc/${host.children.postgres!.pid}`).uid, 0);
        } finally {
          await host.stop();
        }
      }
      assert.deepEqual(running(dataDir), []);
    } finally {
      rmSync(closed, { recursive: true });
    }
  },
);

test(
  'as root, programs in a folder that only root may enter are copied to where nobody can run them',
  { ...limit, skip: !isRoot },
  () => {
    const closed = mkdtempSync(join(homedir(), '.reeve-test-'));
    chmodSync(closed, 0o700);
    let copy: string | undefined;
    try {
      const user = unprivilegedUser(closed);
      const native = join(closed, 'native');
      cpSync(dirname(postgresBinaries(user)), native, {
        recursive: true,
        filter: (path) => !lstatSync(path).isSymbolicLink(),
      });
      copy = dirname(postgresBinaries(user, { native, version: `test-${process.pid}` }));
      assert.ok(!copy.startsWith(closed));
      const tried = spawnSync(join(copy, 'bin', 'postgres'), ['--version'], {
        ...user,
        cwd: '/',
        env: {},
        encoding: 'utf8',
      });
      assert.match(tried.stdout, /PostgreSQL\) 18/);
      rmSync(join(copy, 'share'), { recursive: true });
      assert.equal(dirname(postgresBinaries(user, { native, version: `test-${process.pid}` })), copy);
      assert.ok(existsSync(join(copy, 'share')), 'a copy that lost files is made anew');
    } finally {
      rmSync(closed, { recursive: true });
      if (copy !== undefined) rmSync(copy, { recursive: true, force: true });
    }
  },
);
