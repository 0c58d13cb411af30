import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { digestText } from '../../vocabulary/index.ts';
import { startSimulator, SYSTEMS, type JournalLine, type Knobs, type Simulator } from '../index.ts';
import { openSystem } from './system.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

let dir: string;
let simulator: Simulator;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'reeve-simulator-'));
  simulator = await startSimulator({ dir });
});
afterEach(async () => {
  await simulator.stop();
  rmSync(dir, { recursive: true, force: true });
});

const BODY = '{"amount":5}';

async function call(method: string, path: string, key: string | null = null, body: string | null = BODY) {
  const response = await fetch(simulator.url + path, {
    method,
    signal: AbortSignal.timeout(1_000),
    headers: key === null ? {} : { 'Idempotency-Key': key, 'Reeve-Reference': key, authorization: 'Bearer s3cret' },
    ...(method !== 'GET' && { body }),
  });
  const text = await response.text();
  return { status: response.status, replayed: response.headers.get('idempotency-replayed'), text };
}

async function createdId(key: string): Promise<unknown> {
  return JSON.parse((await call('POST', '/erp/proposals', key)).text).id;
}

async function journal(system = 'erp'): Promise<JournalLine[]> {
  const lines: JournalLine[] = [];
  for await (const line of simulator.journal(system)) lines.push(line);
  return lines;
}

test('INVARIANT (journal-before-answer): a create is journalled, with key, reference and digest of the bytes, never the secret', async () => {
  const { status, text } = await call('POST', '/erp/proposals', 'k1');
  assert.equal(status, 201);
  assert.deepEqual(JSON.parse(text), { id: 'proposals-1', reference: 'k1', status: 'accepted' });
  const [line, ...others] = await journal();
  assert.equal(others.length, 0);
  assert.ok(line);
  const { at, authorization, ...rest } = line;
  assert.ok(Date.parse(at) > 0);
  assert.equal(authorization, digestText('Bearer s3cret'));
  assert.deepEqual(rest, {
    seq: 1,
    system: 'erp',
    collection: 'proposals',
    action: 'create',
    key: 'k1',
    reference: 'k1',
    id: 'proposals-1',
    digest: digestText(BODY),
    bytes: BODY.length,
  });
  assert.ok(!readFileSync(`${dir}/erp.journal.jsonl`, 'utf8').includes('s3cret'));
});

test('a repeat under the same key does nothing and gives the first answer; another body under it is refused', async () => {
  assert.equal(await createdId('k1'), 'proposals-1');
  assert.equal(await createdId('k2'), 'proposals-2');
  const repeat = await call('POST', '/erp/proposals', 'k1');
  assert.deepEqual([repeat.status, repeat.replayed, JSON.parse(repeat.text).id], [200, 'true', 'proposals-1']);
  assert.equal((await call('POST', '/erp/proposals', 'k1', '{"amount":6}')).status, 422);
  assert.equal((await call('POST', '/erp/payments', 'k1')).status, 422);
  assert.equal((await journal()).length, 2);
});

test('documents and keys survive a restart, also when a crash cut off the last line', async () => {
  await call('POST', '/erp/proposals', 'k1');
  await call('POST', '/erp/proposals/proposals-1/withdraw', 'w1', '');
  await simulator.stop();
  appendFileSync(`${dir}/erp.journal.jsonl`, '{"seq":3,"at":"2026-');
  simulator = await startSimulator({ dir });
  assert.deepEqual(
    (await journal()).map(({ action }) => action),
    ['create', 'withdraw'],
  );
  const repeat = await call('POST', '/erp/proposals', 'k1');
  assert.deepEqual(
    [repeat.status, JSON.parse(repeat.text)],
    [200, { id: 'proposals-1', reference: 'k1', status: 'accepted' }],
  );
  assert.equal(JSON.parse((await call('GET', '/erp/proposals/by-reference/k1')).text).status, 'withdrawn');
  assert.equal(await createdId('k2'), 'proposals-2');
  assert.deepEqual(
    (await journal()).map(({ seq }) => seq),
    [1, 2, 3],
  );
});

test('a document is found by its id and by reference, and by nothing else', async () => {
  await call('POST', '/ticketing/tickets', 'k1');
  const whole = { id: 'tickets-1', reference: 'k1', status: 'accepted', body: { amount: 5 } };
  assert.deepEqual(JSON.parse((await call('GET', '/ticketing/tickets/tickets-1')).text), whole);
  assert.deepEqual(JSON.parse((await call('GET', '/ticketing/tickets/by-reference/k1')).text), whole);
  assert.equal(JSON.parse((await call('GET', '/ticketing/tickets?reference=k1')).text).items.length, 1);
  assert.deepEqual(JSON.parse((await call('GET', '/ticketing/tickets?reference=k2')).text), { items: [] });
  for (const path of [
    '/ticketing/tickets/by-reference/k2',
    '/ticketing/incidents/by-reference/k1',
    '/erp/tickets/tickets-1',
  ]) {
    assert.equal((await call('GET', path)).status, 404, path);
  }
});

test('put creates and replaces, withdraw undoes once per key, and each is an effect of its own', async () => {
  assert.equal((await call('PUT', '/mes/holds/order%2F7', 'p1')).status, 201);
  assert.equal((await call('PUT', '/mes/holds/order%2F7', 'p1')).replayed, 'true');
  assert.equal((await call('PUT', '/mes/holds/order%2F7', 'p2', '{"amount":6}')).status, 200);
  assert.deepEqual(JSON.parse((await call('GET', '/mes/holds/order%2F7')).text).body, { amount: 6 });
  const withdrawn = await call('POST', '/mes/holds/order%2F7/withdraw', 'w1', '');
  assert.equal(JSON.parse(withdrawn.text).status, 'withdrawn');
  assert.equal((await call('POST', '/mes/holds/order%2F7/withdraw', 'w1', '')).replayed, 'true');
  assert.equal((await call('POST', '/mes/holds/nothing/withdraw', 'w2', '')).status, 404);
  assert.deepEqual(
    (await journal('mes')).map(({ action, id, key }) => `${action} ${id} ${key}`),
    ['put order/7 p1', 'put order/7 p2', 'withdraw order/7 w1'],
  );
});

test('what is malformed, too large or nowhere is refused and not journalled', async () => {
  const answers = await Promise.all([
    call('POST', '/erp/proposals', 'k1', '{"amount":'),
    call('POST', '/erp/proposals', 'k1', JSON.stringify('x'.repeat(1024 * 1024))),
    call('POST', '/crm/leads', 'k1'),
    call('DELETE', '/erp/proposals/proposals-1', 'k1'),
    call('POST', '/erp/proposals/proposals-1', 'k1'),
    call('GET', '/erp/by-reference'),
  ]);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [400, 413, 404, 404, 404, 200],
  );
  assert.equal((await journal()).length, 0);
});

/** What one create answers under each knob, and how many effects it leaves. */
const KNOB_CASES: Record<string, { knobs: Knobs; answer: number | 'nothing'; effects: number }> = {
  'fails before it does anything': { knobs: { failRate: true }, answer: 500, effects: 0 },
  'refuses with a status': { knobs: { refuseWith: { status: 429, retryAfterSeconds: 1 } }, answer: 429, effects: 0 },
  'does it, then answers 500': { knobs: { doThen500: true }, answer: 500, effects: 1 },
  'does it, then resets': { knobs: { doThenReset: true }, answer: 'nothing', effects: 1 },
  'does it, then hangs': { knobs: { doThenHang: true }, answer: 'nothing', effects: 1 },
  'answers twice': { knobs: { duplicateReply: true }, answer: 201, effects: 1 },
};
for (const [name, { knobs, answer, effects }] of Object.entries(KNOB_CASES)) {
  test(`under knobs a system ${name}`, async () => {
    simulator.knobs.set({ system: 'erp', collection: 'proposals' }, knobs);
    const got = await call('POST', '/erp/proposals', 'k1').then(
      ({ status }) => status,
      () => 'nothing',
    );
    assert.equal(got, answer);
    assert.equal((await journal()).length, effects);
    assert.equal((await call('POST', '/erp/payments', 'k9')).status, 201);
    assert.equal((await call('POST', '/grc/findings', 'k9')).status, 201);
  });
}

test('garbage is 200 and no JSON; a flipped schema is JSON of another shape', async () => {
  simulator.knobs.set({ system: 'erp' }, { garbage: true, times: 1 });
  const garbage = await call('POST', '/erp/proposals', 'k1');
  assert.equal(garbage.status, 200);
  assert.throws(() => JSON.parse(garbage.text));
  simulator.knobs.set({ system: 'erp' }, { schemaFlip: true });
  assert.equal(await createdId('k2'), undefined);
  assert.equal(await createdId('k2'), 'proposals-2', 'a replay gives the true answer');
  assert.equal((await journal()).length, 2);
});

test('a key that is not honoured is done again', async () => {
  simulator.knobs.set({ system: 'erp' }, { honourKey: false });
  assert.equal(await createdId('k1'), 'proposals-1');
  assert.equal(await createdId('k1'), 'proposals-2');
  assert.equal((await journal()).length, 2);
});

test('what was delayed is done even when the caller has gone', async () => {
  simulator.knobs.set({ system: 'erp' }, { delayMs: 80 });
  await assert.rejects(
    fetch(`${simulator.url}/erp/proposals`, { method: 'POST', body: BODY, signal: AbortSignal.timeout(20) }),
  );
  assert.equal((await journal()).length, 0);
  await new Promise((resolve) => setTimeout(resolve, 150));
  assert.equal((await journal()).length, 1);
});

test('knobs are set over HTTP, last for so many requests, and unknown ones are refused', async () => {
  const set = async (body: unknown) =>
    (await fetch(`${simulator.url}/control/knobs`, { method: 'POST', body: JSON.stringify(body) })).status;
  assert.equal(await set({ system: 'erp', knobs: { failRate: 1, times: 2 } }), 200);
  const statuses = [];
  for (let i = 0; i < 4; i++) statuses.push((await call('POST', '/erp/proposals', `k${i}`)).status);
  assert.deepEqual(statuses, [500, 500, 201, 201]);
  assert.equal(await set({ system: 'erp', knobs: { explode: true } }), 400);
  assert.equal(await set({ system: 'crm', knobs: {} }), 400);
  assert.equal(await set({ system: 'erp', knobs: { on: 'reads', failRate: true } }), 200);
  assert.equal((await call('GET', '/erp/proposals/proposals-1')).status, 500);
  assert.equal(await set({ system: 'erp', knobs: null }), 200);
  assert.equal((await call('GET', '/erp/proposals/proposals-1')).status, 200);
  const { systems } = JSON.parse((await call('GET', '/control/stats')).text);
  assert.deepEqual(systems.erp, { documents: 2, effects: 2, replays: 0 });
  assert.equal((await call('GET', '/control/journal/erp')).text, readFileSync(`${dir}/erp.journal.jsonl`, 'utf8'));
});

test('the same seed gives the same faults', async () => {
  const faults = async (seed: number) => {
    simulator.knobs.set({ system: 'erp' }, { failRate: 0.5, seed });
    const statuses = [];
    for (let i = 0; i < 24; i++) statuses.push((await call('POST', '/erp/proposals', `k${seed}-${i}`)).status);
    return statuses;
  };
  const first = await faults(7);
  assert.ok(first.includes(500) && first.includes(201));
  assert.deepEqual(
    (await faults(7)).map((status) => status === 500),
    first.map((status) => status === 500),
  );
  assert.notDeepEqual(
    (await faults(8)).map((status) => status === 500),
    first.map((status) => status === 500),
  );
});

test('two simulators do not share a folder', async () => {
  await assert.rejects(startSimulator({ dir }), { code: 'data-folder-in-use' });
});

test('as a process it says its port, ends when the pipe of its parent closes, and hands its folder over after SIGKILL', async () => {
  await simulator.stop();
  const start = async () => {
    const main = new URL('./main.ts', import.meta.url).pathname;
    const child = spawn(process.execPath, [main, '--dir', dir], { stdio: ['pipe', 'pipe', 'inherit'] });
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    return { child, url: JSON.parse(line).url as string };
  };
  const post = async (url: string, key: string) =>
    (await fetch(`${url}/erp/proposals`, { method: 'POST', body: BODY, headers: { 'Idempotency-Key': key } })).status;
  const first = await start();
  assert.equal(await post(first.url, 'k1'), 201);
  first.child.kill('SIGKILL');
  const second = await start();
  assert.equal(await post(second.url, 'k1'), 200);
  second.child.stdin.end();
  const [code] = await once(second.child, 'exit');
  assert.equal(code, 0);
  simulator = await startSimulator({ dir });
  assert.equal((await journal()).length, 1);
});

test('a hundred thousand effects take under 60 MB of memory', async () => {
  const system = await openSystem('grc', `${dir}/grc-large.journal.jsonl`);
  collectGarbage();
  const before = process.memoryUsage();
  const body = Buffer.from(JSON.stringify({ note: 'x'.repeat(600) }));
  for (let i = 0; i < 100_000; i++) {
    const key = `prm_${i.toString(16).padStart(32, '0')}`;
    const deed = { action: 'create', collection: 'findings', id: null, authorization: null } as const;
    system.perform({ ...deed, key, reference: `${key}`, body }, true);
  }
  collectGarbage();
  const after = process.memoryUsage();
  const grown = (after.heapUsed + after.external - before.heapUsed - before.external) / 1e6;
  system.close();
  assert.ok(grown < 60, `${grown} MB`);
});

test('every system that ships answers', async () => {
  for (const system of SYSTEMS) assert.equal((await call('POST', `/${system}/things`, 'k')).status, 201);
});
