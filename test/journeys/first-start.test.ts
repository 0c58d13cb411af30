/**
 * A newcomer's first hour: starts, looks around, sends an event, stops, starts again, loses patience. Every command is typed as
 * a person would type it; nothing is reached but through them.
 */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { FLEETS } from '../../fleets/index.ts';
import { leftovers } from '../../scripts/leftovers.ts';
import type { StartReport } from '../../src/cli/index.ts';
import type { Backtest } from '../../src/rehearse/index.ts';

const SHIPPED = fileURLToPath(new URL('../../src/govern/policies/', import.meta.url));
const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'reeve-first-start-'));
const dataDir = join(folder, 'data');
const running = new Set<ChildProcess>();
after(async () => {
  for (const child of running) child.kill('SIGKILL');
  for (const { pid } of await leftovers(folder)) process.kill(pid, 'SIGKILL');
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

test('the first start works until idle and ends with one line of JSON', { timeout: 120_000 }, async () => {
  const { exit, stdout } = await reeve('start', '--until-idle', '--json', '--port', '0', '--most', '40');
  const report = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as StartReport;
  assert.equal(exit, 0);
  assert.deepEqual(Object.keys(report), ['agents', 'events', 'runs', 'effects', 'ledger', 'reconciliation', 'seconds']);
  assert.deepEqual([report.agents, report.events], [100, 160]);
  assert.ok(report.runs.done > 0 && report.effects.done > 0);
  assert.equal(report.ledger.verified, true);
  assert.deepEqual(report.reconciliation, { unlogged: 0, lost: 0, duplicate: 0 });
  assert.deepEqual(await leftovers(folder), []);
});

test('without a platform, commands say how to start one', async () => {
  const { exit, stderr } = await reeve('status');
  assert.equal(exit, 1);
  assert.match(stderr, /^reeve: no platform runs on the data folder .*\nfix: start one with `npm start`/);
});

test(
  'a second start goes on, serves every command, and Ctrl-C leaves nothing behind',
  { timeout: 180_000 },
  async (t) => {
    const platform = start('--most', '80', '--json');
    await platform.says('serving until Ctrl-C');
    assert.match(platform.stderr(), /going on from the last stop: 160 events on record/);
    const report = JSON.parse(platform.stdout().trimEnd()) as StartReport;
    assert.equal(report.events, 320, 'the first 160 were not done again');
    assert.deepEqual(report.reconciliation, { unlogged: 0, lost: 0, duplicate: 0 });

    await t.test('status, runs and their timelines', async () => {
      const status = await answer<{ url: string; counts: { events: number } }>('status');
      assert.equal(status.counts.events, 320);
      const { items } = await answer<{ items: { id: string }[] }>('run', 'list', '--state', 'done', '--limit', '3');
      assert.equal(items.length, 3);
      const shown = await reeve('run', 'show', items[0]?.id ?? '');
      assert.match(shown.stdout, /event .* about .*\n(.*\n)*.*run ended: done/);
      const none = await reeve('run', 'show', 'run_00000000000000000000000000000000');
      assert.equal(none.exit, 2);
    });

    await t.test('an event is admitted once, a repeat is known, and a bad one is refused with its line', async () => {
      const file = join(folder, 'events.jsonl');
      const event = JSON.stringify({ specversion: '1.0', ...(await shippedRecord('security', 500)) });
      writeFileSync(file, `${event}\n\nnot json\n${event.replace('vulnerability.analysed', 'weather.changed')}\n`);
      const send = async () => {
        const { exit, stdout } = await reeve('event', 'send', file, '--tenant', 'security', '--json');
        assert.equal(exit, 1);
        const sent = JSON.parse(stdout) as { line: number; state: string; code: string | null }[];
        return sent.map(({ line, state, code }) => [line, state, code]);
      };
      const refused = [
        [3, 'refused', 'bad-json'],
        [4, 'refused', 'unknown-event-type'],
      ];
      assert.deepEqual(await send(), [[1, 'admitted', null], ...refused]);
      assert.deepEqual(await send(), [[1, 'repeat', null], ...refused]);
    });

    await t.test('a stop holds and is lifted, by name only', async () => {
      assert.equal((await reeve('stop', 'tenant:nowhere', '--reason', 'drill')).exit, 2);
      assert.match(
        (await reeve('stop', 'tenant:finance', '--reason', 'drill')).stdout,
        /tenant:finance is stopped: drill/,
      );
      assert.match((await reeve('status')).stdout, /stopped +tenant:finance: drill/);
      assert.equal((await reeve('resume', 'tenant:finance', '--reason', 'over')).exit, 0);
    });

    await t.test('the ledger is shown, proven, exported and verified, and an edit is found', async () => {
      assert.equal((await answer<unknown[]>('ledger', 'tail', '--limit', '5')).length, 5);
      assert.match((await reeve('ledger', 'proof', '7')).stdout, /^c2sp\.org\/tlog-proof@v1\nindex 6\n/);
      const file = join(folder, 'ledger.jsonl');
      const witness = join(folder, 'witness');
      writeFileSync(witness, readFileSync(join(dataDir, 'witness', 'checkpoints')));
      assert.equal((await reeve('ledger', 'export', file)).exit, 0);
      const verified = await reeve('ledger', 'verify', file, '--witness', witness);
      assert.equal(verified.exit, 0, verified.stdout + verified.stderr);
      const edited = readFileSync(file, 'utf8').split('\n');
      edited[7] =
        edited[7]?.replace('finance', 'finanse').replace('security', 'securite').replace('platform', 'plattorm') ?? '';
      writeFileSync(`${file}.edited`, edited.join('\n'));
      const found = await reeve('ledger', 'verify', `${file}.edited`);
      assert.equal(found.exit, 1);
      assert.match(found.stdout, /first bad: entry 7 \(line 8\)/);
    });

    await t.test('a backtest changes nothing under the policies in force, and tells what a draft would', async () => {
      const same = await answer<Backtest>('policy', 'backtest');
      assert.ok(same.record.decisions > 40);
      assert.deepEqual([same.unchanged + same.withoutPolicy, same.flipped], [same.record.decisions, 0]);
      assert.equal(same.draft, same.base);

      const law = join(folder, 'law');
      cpSync(SHIPPED, law, { recursive: true });
      const policies = join(law, 'reeve.cedar');
      writeFileSync(
        policies,
        `${readFileSync(policies, 'utf8')}\n@id("no-more")\nforbid (principal, action, resource);\n`,
      );
      const strict = await answer<Backtest>('policy', 'backtest', law, '--since', '1h');
      assert.ok(
        strict.flips.length > 0 &&
          strict.flips.every(({ to, policies: by }) => to === 'refused' && by.includes('no-more')),
      );
      assert.equal(strict.newlyAllowed, 0);
      assert.equal((await answer<Backtest>('policy', 'backtest', '--since', '30d')).record.from, same.record.from);
      assert.equal((await reeve('policy', 'backtest', join(folder, 'nowhere'))).exit, 2);
    });

    assert.equal((await reeve('reconcile')).exit, 0);
    const { url } = JSON.parse(readFileSync(join(dataDir, 'platform.json'), 'utf8')) as { url: string };
    platform.child.kill('SIGINT');
    assert.equal(await platform.exit, 0);
    assert.match(platform.stderr(), /stopped: all is on record/);
    assert.deepEqual(await leftovers(folder), []);
    assert.equal(existsSync(join(dataDir, 'platform.json')), false);
    assert.equal(await answers(Number(new URL(url).port)), false);
  },
);

test('a second Ctrl-C forces, and the start after it settles everything', { timeout: 180_000 }, async () => {
  const platform = start('--most', '300');
  await platform.says('going on from the last stop');
  // A database that hangs: to stop politely now takes ten seconds, and the user has no patience.
  const { children } = await answer<{ children: { database: { pid: number } } }>('status');
  process.kill(children.database.pid, 'SIGSTOP');
  platform.child.kill('SIGINT');
  await platform.says('stopping');
  await new Promise((resolve) => setTimeout(resolve, 500));
  const asked = Date.now();
  platform.child.kill('SIGINT');
  assert.equal(await platform.exit, 130);
  assert.ok(Date.now() - asked < 3_000, 'at once');
  assert.deepEqual(await leftovers(folder), []);
  const { exit, stdout } = await reeve('start', '--until-idle', '--json', '--port', '0', '--most', '120');
  const report = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as StartReport;
  assert.equal(exit, 0);
  assert.ok(report.events >= 480);
  assert.equal(report.ledger.verified, true);
  assert.deepEqual(report.reconciliation, { unlogged: 0, lost: 0, duplicate: 0 });
});

/** Runs one command to its end. */
async function reeve(...args: string[]) {
  const child = run(args);
  const said = listen(child);
  const [exit] = (await once(child, 'close')) as [number | null];
  return { exit, stdout: said.stdout(), stderr: said.stderr() };
}

/** The one JSON value that a command answers with. */
async function answer<T>(...args: string[]): Promise<T> {
  const { exit, stdout, stderr } = await reeve(...args, '--json');
  assert.equal(exit, 0, stderr);
  return JSON.parse(stdout) as T;
}

/** One of the records that ship, which the starts here do not come to. */
async function shippedRecord(fleetName: string, place: number) {
  const fleet = FLEETS.find(({ name }) => name === fleetName);
  let count = 0;
  for await (const raw of fleet?.work({ all: false }) ?? []) if (++count === place) return raw;
  throw new Error(`\`${fleetName}\` ships fewer than ${place} records`);
}

/** Starts the platform, to be stopped by a signal. */
function start(...args: string[]) {
  const child = run(['start', '--port', '0', ...args]);
  const said = listen(child);
  const exit = once(child, 'close').then(([code]) => code as number | null);
  return {
    child,
    exit,
    ...said,
    async says(text: string) {
      while (!said.stderr().includes(text)) {
        assert.equal(child.exitCode, null, said.stderr());
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
  };
}

function run(args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [MAIN, '--data-dir', dataDir, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  child.once('close', () => running.delete(child));
  return child;
}

function listen(child: ChildProcess) {
  const said = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
  return { stdout: () => said.stdout, stderr: () => said.stderr };
}

/** Whether anything listens on this port of loopback. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => (socket.destroy(), resolve(true))).once('error', () => resolve(false));
  });
}
