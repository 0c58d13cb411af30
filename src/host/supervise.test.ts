import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { endOrphans, recordChild, type Tracks } from './orphans.ts';
import { identityOf, processesIn } from './process-identity.ts';
import { supervise, type Child, type ChildSpec, type ChildState } from './supervise.ts';

const temporary = mkdtempSync(join(tmpdir(), 'reeve-supervise-'));
after(() => rmSync(temporary, { recursive: true, force: true }));

const READY = `require('fs').writeFileSync('ready', String(process.pid)); setInterval(() => {}, 1000);`;
const limit = { timeout: 20_000 };
let made = 0;

/** A Node process that is healthy when it has written its pid to `ready`. */
function specOf(code: string, more: Partial<ChildSpec> = {}): ChildSpec & { home: string } {
  const home = join(temporary, String(++made));
  mkdirSync(home);
  const ready = join(home, 'ready');
  return {
    home,
    name: 'child',
    command: process.execPath,
    args: ['-e', code],
    env: {},
    workFolder: home,
    logFile: join(home, 'child.log'),
    tracks: { pidFile: join(home, 'child.json'), folders: [home], programs: ['node'] },
    health: async () => {
      if (!existsSync(ready)) throw new Error('not ready');
      await Promise.resolve();
    },
    beforeStart: () => rmSync(ready, { force: true }),
    stopSignal: 'SIGTERM',
    stopLimitMs: 300,
    startLimitMs: 10_000,
    faultCode: 'engine-unreachable',
    portTaken: /EADDRINUSE/,
    ...more,
  };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(10);
}

test('a child that dies is started again, and says so', limit, async () => {
  const seen: ChildState[] = [];
  const child = await supervise(specOf(READY), ({ state }) => seen.push(state));
  const first = child.pid!;
  process.kill(first, 'SIGKILL');
  await until(() => child.state === 'healthy' && child.pid !== first && child.pid !== undefined);
  assert.equal(child.restarts, 1);
  await child.stop();
  assert.deepEqual(seen, ['starting', 'healthy', 'restarting', 'healthy', 'stopping', 'stopped']);
});

test('no-orphans: stop ends a child that ignores SIGTERM', limit, async () => {
  const spec = specOf(`process.on('SIGTERM', () => {}); ${READY}`);
  const child = await supervise(spec, () => {});
  const pid = child.pid!;
  await Promise.all([child.stop(), child.stop()]);
  assert.equal(identityOf(pid), undefined);
  assert.equal(child.state, 'stopped');
  assert.equal(existsSync(spec.tracks.pidFile), false);
});

test('a child that cannot start is reported with the end of its log', limit, async () => {
  const spec = specOf(`console.error('the moon is wrong'); process.exit(3)`);
  await assert.rejects(
    supervise(spec, () => {}),
    { code: 'engine-unreachable', message: /ended with code 3: the moon is wrong/ },
  );
  const missing = specOf('', { command: '/no/such/program' });
  await assert.rejects(
    supervise(missing, () => {}),
    { code: 'engine-unreachable', message: /cannot be run.*ENOENT/ },
  );
  const full = specOf(`console.error('write failed: No space left on device'); process.exit(1)`);
  await assert.rejects(
    supervise(full, () => {}),
    { code: 'disk-full' },
  );
  const taken = specOf(`console.error('listen EADDRINUSE'); process.exit(1)`);
  await assert.rejects(
    supervise(taken, () => {}),
    { code: 'port-taken' },
  );
});

test('a child that never becomes healthy is ended', limit, async () => {
  const spec = specOf('setInterval(() => {}, 1000)', { startLimitMs: 300 });
  await assert.rejects(
    supervise(spec, () => {}),
    { message: /not healthy after 0.3 s: not ready/ },
  );
  assert.deepEqual(processesIn(spec.tracks.folders, spec.tracks.programs), []);
  assert.equal(existsSync(spec.tracks.pidFile), false);
});

test('stop works while a child is between two lives', limit, async () => {
  const spec = specOf(
    `if (require('fs').existsSync('once')) process.exit(1); require('fs').writeFileSync('once', ''); ${READY}`,
  );
  const child: Child = await supervise(spec, () => {});
  process.kill(child.pid!, 'SIGKILL');
  await until(() => child.restarts >= 3);
  assert.match(child.reason ?? '', /code 1/);
  await child.stop();
  const { restarts } = child;
  await sleep(300);
  assert.equal(child.restarts, restarts);
});

test(
  'a child has a session of its own, so that Ctrl-C at the terminal does not reach it',
  { ...limit, skip: process.platform !== 'linux' },
  async () => {
    const child = await supervise(specOf(READY), () => {});
    const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    assert.equal(Number(fields[3]), child.pid);
    await child.stop();
  },
);

test('a log over 10 MB is put aside when the child starts', limit, async () => {
  const spec = specOf(`console.log('new life'); ${READY}`);
  writeFileSync(spec.logFile, Buffer.alloc(10 * 1024 * 1024 + 1));
  const child = await supervise(spec, () => {});
  await child.stop();
  assert.ok(statSync(`${spec.logFile}.1`).size > 10 * 1024 * 1024);
  assert.match(readFileSync(spec.logFile, 'utf8'), /new life/);
});

test('no-orphans: what a killed platform recorded is ended, with or without its pid file', limit, async () => {
  for (const recorded of [true, false]) {
    const { home, tracks } = specOf(READY);
    // Without a pid file only Linux finds it, by where it works.
    if (!recorded && process.platform !== 'linux') continue;
    const orphan = spawn(process.execPath, ['-e', `process.on('SIGTERM', () => {}); ${READY}`], {
      cwd: home,
      stdio: 'ignore',
    });
    const exited = once(orphan, 'exit');
    await until(() => existsSync(join(home, 'ready')));
    if (recorded) recordChild({ ...tracks, folders: [] }, orphan.pid!);
    assert.deepEqual(await endOrphans(recorded ? { ...tracks, folders: [] } : tracks, 'SIGTERM', 100), [orphan.pid]);
    await exited;
  }
});

test('no-orphans: a process that only bears a recorded pid is left alone', limit, async () => {
  const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  await once(stranger, 'spawn');
  const { home } = specOf(READY);
  const tracks: Tracks = { pidFile: join(home, 'child.json'), folders: [home], programs: ['node'] };
  writeFileSync(tracks.pidFile, JSON.stringify({ pid: stranger.pid, identity: 'an earlier life' }));
  assert.deepEqual(await endOrphans(tracks, 'SIGKILL', 0), []);
  assert.notEqual(identityOf(stranger.pid!), undefined);
  stranger.kill('SIGKILL');
  await once(stranger, 'exit');
});
