import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { leaveStop } from '../../src/fabric/index.ts';
import { openNotes, readConfig } from '../../src/host/index.ts';
import { startPlatform, type Platform } from '../../src/platform.ts';
import { knockAt, type Answer, type Door } from '../hostile/door.ts';
import { hostileFleet, note } from '../hostile/fleet.ts';

// Stops on a whole platform: by the API, by a file, over a restart, without the database; and the drill.
const dataDir = mkdtempSync(join(tmpdir(), 'reeve-stop-'));
const { fleet } = hostileFleet();
let platform: Platform;
let door: Door;

async function start(): Promise<void> {
  platform = await startPlatform({ config: readConfig({}, { dataDir, port: 0 }), fleets: [fleet] });
  door = knockAt(platform);
}

before(start, { timeout: 60_000 });
after(async () => {
  door?.close();
  await platform?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

function post(path: string, body: object | null): Promise<Answer> {
  const headers = { 'content-type': 'application/json' };
  return door.ask(path, { method: 'POST', headers, body: body === null ? '' : JSON.stringify(body) });
}

async function fences(): Promise<readonly { scope: string; stopped: boolean; by: string | null }[]> {
  return (await door.ask('/v1/fences')).body['items'] as { scope: string; stopped: boolean; by: string | null }[];
}

async function entriesOf(kind: string): Promise<readonly { seq: number; body: Record<string, unknown> }[]> {
  const { body } = await door.ask(`/v1/entries?kind=${kind}&limit=500`);
  return body['items'] as { seq: number; body: Record<string, unknown> }[];
}

async function until<T>(look: () => Promise<T | null | false>): Promise<T> {
  const end = Date.now() + 20_000;
  for (;;) {
    const found = await look();
    if (found !== null && found !== false) return found;
    if (Date.now() > end) throw new Error('it does not happen');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test(
  'a drill measures a stop, leaves its figures on record, and leaves nothing stopped',
  { timeout: 60_000 },
  async () => {
    const { status, body } = await post('/v1/fences/drill', null);
    assert.equal(status, 200, JSON.stringify(body));
    assert.ok(Number(body['arrivedBefore']) > 10, JSON.stringify(body));
    assert.equal(body['arrivedAfterPermits'], 0);
    assert.equal(Number(body['refusedAtGate']) + Number(body['heldAtSending']), 8, 'each run was ended by the stop');
    assert.ok((await fences()).every(({ stopped }) => !stopped));
    const [measured] = await entriesOf('drill.measured');
    assert.deepEqual([measured?.seq, measured?.body['scope']], [body['seq'], body['scope']]);
    const runs = (await door.ask('/v1/runs?limit=100&agent=drill.platform')).body['items'] as { state: string }[];
    assert.equal(runs.length, 8);
    assert.ok(runs.every(({ state }) => state === 'refused' || state === 'failed'));
    assert.deepEqual((await platform.reconcile())?.unlogged, 0);
  },
);

test('an event or a run stands for its tree; what does not exist is not stopped', { timeout: 60_000 }, async () => {
  const taken = (await door.send(note('tree', 'x'))).body;
  const stop = (scope: string) => post('/v1/fences', { scope, reason: 'journey' });
  const byEvent = await stop(`tree:${String(taken['event'])}`);
  assert.deepEqual([byEvent.status, byEvent.body['scope']], [200, `tree:${String(taken['event'])}`]);
  const [run] = (await door.ask(`/v1/events/${String(taken['event'])}`)).body['runs'] as { id: string }[];
  assert.equal((await stop(`tree:${run?.id}`)).body['scope'], byEvent.body['scope']);
  assert.equal((await stop(`tree:run_${'0'.repeat(32)}`)).code, 'not-found');
  assert.equal((await stop('tree:run_1')).code, 'bad-request');
});

test(
  'a file stops while it runs; one that is left is on record before the next start is',
  { timeout: 120_000 },
  async () => {
    const notes = openNotes(join(dataDir, 'stops'));
    leaveStop(notes, 'tenant:north', 'the API hangs', 'ann', Date.now());
    await until(async () => (await fences()).some(({ scope, stopped }) => scope === 'tenant:north' && stopped));
    await until(() => Promise.resolve(readdirSync(join(dataDir, 'stops')).length === 0));
    door.close();
    await platform.stop();
    leaveStop(notes, 'everything', 'left while nobody was there', 'ann', Date.now());
    await start();
    const found = (await entriesOf('fence.changed')).at(-1);
    assert.deepEqual([found?.body['scope'], found?.body['user'], found?.body['via']], ['everything', 'ann', 'file']);
    const started = (await entriesOf('platform.started')).at(-1);
    assert.ok((found?.seq ?? Infinity) < (started?.seq ?? 0), 'before anything else');
    assert.ok(
      (await fences()).some(({ scope, stopped }) => scope === 'tenant:north' && stopped),
      'over the restart',
    );
  },
);

test(
  'with the database frozen a stop holds within two seconds, and goes on record when it is back',
  { timeout: 60_000 },
  async () => {
    const { pid } = JSON.parse(readFileSync(join(dataDir, 'run', 'postgres.json'), 'utf8')) as { pid: number };
    const all = [pid, ...childrenOf(pid)];
    for (const one of all) process.kill(one, 'SIGSTOP');
    try {
      const asked = Date.now();
      const { status, body } = await post('/v1/fences', { scope: 'class:E3', reason: 'journey' });
      assert.deepEqual([status, body['stopped'], body['onRecord']], [200, true, false], JSON.stringify(body));
      assert.ok(Date.now() - asked < 2_000);
      assert.equal(readdirSync(join(dataDir, 'stops')).length, 1);
      const [head] = platform.fabric.status().fences.filter(({ scope }) => scope === 'class:E3');
      assert.equal(head?.stopped, true);
    } finally {
      for (const one of all) process.kill(one, 'SIGCONT');
    }
    await until(async () =>
      (await entriesOf('fence.changed')).some(({ body }) => body['scope'] === 'class:E3' && body['stopped'] === true),
    );
    await until(() => Promise.resolve(readdirSync(join(dataDir, 'stops')).length === 0));
  },
);

function childrenOf(pid: number): readonly number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const [, parent] = /\) \S (\d+)/.exec(readFileSync(`/proc/${name}/stat`, 'utf8')) ?? [];
      return Number(parent) === pid ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}
