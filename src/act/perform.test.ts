import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { z } from 'zod';
import { http, publish, tool, type ToolOptions } from '../sdk/index.ts';
import { handMovedClock, startSimulator, type JournalLine, type Knobs, type Simulator } from '../testing/index.ts';
import {
  armFailpoint,
  canonical,
  digestText,
  disarmFailpoints,
  EFFECT_CLASSES,
  Misuse,
  newId,
  RetryLater,
  systemClock,
  type EffectClass,
  type Outcome,
  type Permit,
  type Tool,
} from '../vocabulary/index.ts';
import { createActor, type Actor, type ActorOptions } from './index.ts';

const Payment = z.object({ amount: z.int() });
const Receipt = z.object({ id: z.string(), reference: z.string(), status: z.string() });

let dir: string;
let simulator: Simulator;
before(async () => {
  dir = mkdtempSync(join(tmpdir(), 'reeve-act-'));
  simulator = await startSimulator({ dir });
});
after(async () => {
  await simulator.stop();
  rmSync(dir, { recursive: true, force: true });
});

/** Stands for `govern`: what it issued and nobody spent. */
const issued = new Set<Permit>();
const actors: Actor[] = [];

function actor(options: Partial<ActorOptions> = {}): Actor {
  const made = createActor({
    systems: {
      erp: { baseUrl: `${simulator.url}/erp`, secret: () => 'hush-hush' },
      nowhere: { baseUrl: 'http://127.0.0.1:9' },
    },
    spend: (permit) => issued.delete(permit),
    publish: () => Promise.reject(new Error('nothing is published here')),
    clock: systemClock,
    ...options,
  });
  actors.push(made);
  return made;
}

function permitFor(of: Tool, input: unknown = { amount: 5 }, changes: Partial<Permit> = {}): Permit {
  const argumentsText = canonical(input);
  const permit = {
    id: newId('permit'),
    tool: of.name,
    toolDigest: of.digest,
    effect: of.effect,
    argumentsText,
    argumentsDigest: digestText(argumentsText),
    notAfter: Date.now() + 60_000,
    ...changes,
  } as Permit;
  issued.add(permit);
  return permit;
}

function payTool(
  effect: EffectClass,
  more: Partial<ToolOptions<z.infer<typeof Payment>, z.infer<typeof Receipt>>> = {},
) {
  return tool('erp.pay', {
    description: 'Pays',
    input: Payment,
    output: Receipt,
    effect,
    call: http('erp', 'POST /payments'),
    ...(effect === 'E2' && { lookup: http('erp', 'GET /payments/by-reference/{reference}') }),
    timeoutMs: 100,
    ...more,
  });
}

async function linesOf(key: string): Promise<JournalLine[]> {
  const lines: JournalLine[] = [];
  for await (const line of simulator.journal('erp')) if (line.key === key) lines.push(line);
  return lines;
}

function short(outcome: Outcome): string {
  return outcome.kind === 'failed' ? `failed ${outcome.code}` : outcome.kind;
}

const servers: Server[] = [];

/** A system of the test's own, for what no knob does. */
async function serve(answer: RequestListener): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    answer(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeEach(() => simulator.knobs.set({ system: 'erp' }, null));
afterEach(async () => {
  disarmFailpoints();
  await Promise.all(actors.splice(0).map((each) => each.stop()));
  for (const server of servers.splice(0)) server.close();
});

test('the tool receives the judged bytes, the permit id as key and reference, and the lent secret', async () => {
  const pay = payTool('E1');
  const permit = permitFor(pay, { amount: 7, note: 'Größe' });
  const outcome = await actor().perform(permit, pay);
  assert.ok(outcome.kind === 'done');
  assert.equal(outcome.resultDigest, digestText(canonical(outcome.result)));
  const [line] = await linesOf(permit.id);
  assert.equal(line?.reference, permit.id);
  assert.equal(line?.digest, permit.argumentsDigest);
  assert.equal(line?.authorization, digestText('Bearer hush-hush'));
});

test('INVARIANT (no-action-without-permit): a cast permit, a reused one and one for something else are refused and nothing is sent', async () => {
  const pay = payTool('E1');
  const act = actor();
  const good = permitFor(pay);
  assert.equal((await act.perform(good, pay)).kind, 'done');
  const other = tool('erp.refund', { ...payTool('E1'), compensate: undefined, lookup: undefined } as never);
  const refused: [string, Permit, Tool][] = [
    ['reused', good, pay],
    ['cast', { ...permitFor(pay) }, pay],
    ['null', null as unknown as Permit, pay],
    ['another tool', permitFor(pay), other],
    ['other arguments', permitFor(pay, { amount: 5 }, { argumentsText: '{"amount":500}' }), pay],
  ];
  for (const [name, permit, of] of refused) {
    const isRefused = { code: 'permit-not-on-record' };
    await assert.rejects(act.perform(permit, of), isRefused, name);
    if (name !== 'another tool' && name !== 'other arguments')
      await assert.rejects(act.settle(permit, of), isRefused, name);
    assert.equal((await linesOf(permit?.id)).length, permit === good ? 1 : 0, name);
  }
});

/** What one act comes to under each knob: the outcome by effect class, and the effects in the journal. */
const MAPPING: Record<string, { knobs: Knobs; outcome: string | Record<EffectClass, string>; effects: number }> = {
  'a good answer': { knobs: {}, outcome: 'done', effects: 1 },
  'a refusal': { knobs: { refuseWith: { status: 403 } }, outcome: 'failed rejected', effects: 0 },
  'a redirect': {
    knobs: { refuseWith: { status: 307 } },
    outcome: { E0: 'failed no-answer', E1: 'unknown', E2: 'failed never-happened', E3: 'unknown' },
    effects: 0,
  },
  'too many requests, then room': {
    knobs: { refuseWith: { status: 429, retryAfterSeconds: 0 }, times: 2 },
    outcome: 'done',
    effects: 1,
  },
  'too many requests for long': {
    knobs: { refuseWith: { status: 429, retryAfterSeconds: 600 } },
    outcome: 'failed not-sent',
    effects: 0,
  },
  'too many requests each time': { knobs: { refuseWith: { status: 429 } }, outcome: 'failed not-sent', effects: 0 },
  'unavailable until later': {
    knobs: { refuseWith: { status: 503, retryAfterSeconds: 0 }, times: 1 },
    outcome: 'done',
    effects: 1,
  },
  'an error before it was done': {
    knobs: { failRate: true, times: 1 },
    outcome: { E0: 'done', E1: 'done', E2: 'failed never-happened', E3: 'unknown' },
    // E0 and E1 do it at the second call.
    effects: -1,
  },
  'an error after it was done': {
    knobs: { doThen500: true },
    outcome: { E0: 'done', E1: 'done', E2: 'done', E3: 'unknown' },
    effects: 1,
  },
  'a reset after it was done': {
    knobs: { doThenReset: true },
    outcome: { E0: 'done', E1: 'done', E2: 'done', E3: 'unknown' },
    effects: 1,
  },
  'no answer after it was done': {
    knobs: { doThenHang: true },
    outcome: { E0: 'done', E1: 'done', E2: 'done', E3: 'unknown' },
    effects: 1,
  },
  'an answer that comes twice': { knobs: { duplicateReply: true }, outcome: 'done', effects: 1 },
  'an answer that is no JSON': { knobs: { garbage: true }, outcome: 'failed bad-result', effects: 1 },
  'an answer of another shape': { knobs: { schemaFlip: true }, outcome: 'failed bad-result', effects: 1 },
};
for (const [name, { knobs, outcome, effects }] of Object.entries(MAPPING)) {
  test(`by effect class, what becomes of ${name}`, async () => {
    for (const effect of EFFECT_CLASSES) {
      simulator.knobs.set({ system: 'erp' }, knobs);
      const pay = payTool(effect);
      const permit = permitFor(pay);
      const expected = typeof outcome === 'string' ? outcome : outcome[effect];
      const result = await actor().perform(permit, pay);
      assert.equal(short(result), expected, `${effect}: ${JSON.stringify(result)}`);
      assert.equal((await linesOf(permit.id)).length, effects >= 0 ? effects : Number(expected === 'done'), effect);
    }
  });
}

test('INVARIANT (unknown-is-never-guessed): an E2 tool that is slow and does it after our time-out is never said not to have done it', async () => {
  simulator.knobs.set({ system: 'erp' }, { delayMs: 160 });
  const pay = payTool('E2');
  const permit = permitFor(pay);
  const outcome = await actor().perform(permit, pay);
  assert.equal(outcome.kind, 'done');
  assert.equal((await linesOf(permit.id)).length, 1);
});

test('a repeat that is rejected leaves E1 unknown, for the first call may have got through; with a lookup it is asked', async () => {
  const permits = [payTool('E1'), payTool('E1', { lookup: http('erp', 'GET /payments/by-reference/{reference}') })].map(
    (pay) => [permitFor(pay), pay] as const,
  );
  const outcomes = [];
  for (const [permit, pay] of permits) {
    simulator.knobs.set({ system: 'erp' }, { doThenHang: true, times: 1 });
    const performing = actor().perform(permit, pay);
    await new Promise((resolve) => setTimeout(resolve, 50));
    simulator.knobs.set({ system: 'erp' }, { refuseWith: { status: 401 } });
    outcomes.push(short(await performing));
    assert.equal((await linesOf(permit.id)).length, 1);
  }
  assert.deepEqual(outcomes, ['unknown', 'done']);
});

test('a system that cannot be reached, is not configured or has no secret was not sent anything', async () => {
  const act = actor({
    systems: {
      nowhere: { baseUrl: 'http://127.0.0.1:9' },
      locked: {
        baseUrl: simulator.url,
        secret: () => {
          throw new Error('the vault is sealed: hush-hush');
        },
      },
    },
  });
  for (const system of ['nowhere', 'unheard-of', 'locked']) {
    const pay = payTool('E3', { call: http(system, 'POST /payments') });
    const outcome = await act.perform(permitFor(pay), pay);
    assert.equal(short(outcome), 'failed not-sent', system);
    assert.ok(!JSON.stringify(outcome).includes('hush-hush'));
  }
});

test('an argument that would lead elsewhere is not sent', async () => {
  const pay = payTool('E1', { call: http('erp', 'PUT /payments/{id}') } as never);
  const outcome = await actor().perform(permitFor(pay, { id: '../../control/knobs' }), pay);
  assert.equal(short(outcome), 'failed not-sent');
  const permit = permitFor(pay, { id: 'a b/c' });
  assert.equal((await actor().perform(permit, pay)).kind, 'done');
  assert.equal((await linesOf(permit.id))[0]?.id, 'a b/c');
});

test('a permit that is too old is not sent, and a tool that changed since is not called', async () => {
  const pay = payTool('E1');
  const clock = handMovedClock();
  const act = actor({ clock });
  const old = permitFor(pay, { amount: 5 }, { notAfter: clock.now() - 1 });
  const justInTime = permitFor(pay, { amount: 5 }, { notAfter: clock.now() });
  const changed = permitFor(pay, { amount: 5 }, { toolDigest: payTool('E2').digest });
  assert.equal(short(await act.perform(old, pay)), 'failed not-sent');
  assert.equal(short(await act.perform(changed, pay)), 'failed not-sent');
  assert.equal((await act.perform(justInTime, pay)).kind, 'done');
  assert.equal((await linesOf(old.id)).length + (await linesOf(changed.id)).length, 0);
});

test('an E1 repeat is not sent after the permit is too old: it stays unknown', async () => {
  simulator.knobs.set({ system: 'erp' }, { doThenHang: true });
  const pay = payTool('E1');
  const permit = permitFor(pay, { amount: 5 }, { notAfter: Date.now() + 60 });
  assert.equal((await actor().perform(permit, pay)).kind, 'unknown');
});

test('an E1 repeat goes on with a permit issued anew, if there still is one, and with no other', async () => {
  const pay = payTool('E1');
  const cases: [outcome: string, renew: (old: Permit) => Permit | null][] = [
    ['done', (old) => permitFor(pay, { amount: 5 }, { id: old.id })],
    ['unknown', () => null],
    ['permit-not-on-record', (old) => ({ ...permitFor(pay), id: old.id })],
    ['permit-not-on-record', () => permitFor(pay)],
    ['permit-not-on-record', (old) => permitFor(pay, { amount: 6 }, { id: old.id })],
  ];
  for (const [expected, renew] of cases) {
    simulator.knobs.set({ system: 'erp' }, { doThenHang: true, times: 1 });
    const permit = permitFor(pay, { amount: 5 }, { notAfter: Date.now() + 60 });
    const got = await actor({ renew })
      .perform(permit, pay)
      .then(short, (error: Misuse) => error.code);
    assert.equal(got, expected);
    assert.equal((await linesOf(permit.id)).length, 1);
  }
});

test('INVARIANT (secrets-never-in-entries): a system that repeats our secret does not get it into the outcome', async () => {
  const baseUrl = await serve((request, response) => {
    response.writeHead(request.url === '/refused' ? 400 : 200);
    response.end(JSON.stringify({ id: request.headers.authorization, reference: 'x', status: 'ok' }));
  });
  const act = actor({ systems: { erp: { baseUrl, secret: () => 'hush-hush' } } });
  for (const path of ['/refused', '/told'] as const) {
    const pay = payTool('E1', { call: http('erp', `POST ${path}`) });
    const outcome = await act.perform(permitFor(pay), pay);
    assert.equal(outcome.kind, path === '/told' ? 'done' : 'failed');
    assert.match(JSON.stringify(outcome), /\[secret\]/);
    assert.ok(!JSON.stringify(outcome).includes('hush-hush'));
  }
});

test('an answer that carries the reference of another call is not believed', async () => {
  const baseUrl = await serve((_, response) => {
    response.writeHead(200, { 'reeve-reference': newId('permit') });
    response.end('{"id":"payments-1","reference":"x","status":"accepted"}');
  });
  const pay = payTool('E3');
  assert.equal((await actor({ systems: { erp: { baseUrl } } }).perform(permitFor(pay), pay)).kind, 'unknown');
});

test('a gateway that gives up says nothing of the tool behind it, which is asked until it must be quiet', async () => {
  let doneAt = Infinity;
  const baseUrl = await serve((request, response) => {
    if (request.method === 'POST') doneAt = Date.now() + 60;
    response.writeHead(request.method === 'POST' ? 504 : Date.now() >= doneAt ? 200 : 404);
    response.end('{"id":"payments-1","reference":"x","status":"accepted"}');
  });
  const pay = payTool('E2');
  assert.equal((await actor({ systems: { erp: { baseUrl } } }).perform(permitFor(pay), pay)).kind, 'done');
});

test('unasked second answers never become the answer to another call', async () => {
  simulator.knobs.set({ system: 'erp' }, { duplicateReply: true });
  const pay = payTool('E1', { timeoutMs: 2_000 });
  const act = actor();
  for (let i = 0; i < 200; i++) {
    const permit = permitFor(pay);
    const outcome = await act.perform(permit, pay);
    assert.ok(outcome.kind === 'done', JSON.stringify(outcome));
    assert.equal((outcome.result as { reference: string }).reference, permit.id);
    assert.equal((await linesOf(permit.id)).length, 1);
  }
});

test('a thousand E1 calls that are done and never answered end done, exactly once each', async () => {
  simulator.knobs.set({ system: 'erp' }, { doThenHang: true });
  const pay = payTool('E1', { timeoutMs: 250 });
  const act = actor();
  const permits = Array.from({ length: 1_000 }, (_, n) => permitFor(pay, { amount: n }));
  const outcomes = await Promise.all(permits.map((permit) => act.perform(permit, pay)));
  assert.deepEqual(act.stats().ended, { done: 1_000, failed: 0, unknown: 0 });
  assert.deepEqual(act.stats().breakers, { erp: 'closed' });
  const seen = new Map<string, string[]>();
  for await (const { key, id } of simulator.journal('erp')) seen.set(key ?? '', [...(seen.get(key ?? '') ?? []), id]);
  for (const [n, permit] of permits.entries()) {
    const outcome = outcomes[n];
    assert.ok(outcome?.kind === 'done');
    assert.deepEqual(seen.get(permit.id), [(outcome.result as { id: string }).id]);
  }
});

test('the breaker opens on a system that fails, keeps calls away, and lets them through when it is well again', async () => {
  simulator.knobs.set({ system: 'erp' }, { failRate: true });
  const pay = payTool('E3');
  const act = actor({
    breaker: { failures: 3, cooldownMs: 300 },
    sleep: () => new Promise((resolve) => setTimeout(resolve, 1)),
  });
  const outcomes = [];
  for (let i = 0; i < 6; i++) outcomes.push(short(await act.perform(permitFor(pay), pay)));
  assert.deepEqual(outcomes, [
    'unknown',
    'unknown',
    'unknown',
    'failed not-sent',
    'failed not-sent',
    'failed not-sent',
  ]);
  assert.deepEqual(act.stats().breakers, { erp: 'open' });
  simulator.knobs.set({ system: 'erp' }, null);
  await new Promise((resolve) => setTimeout(resolve, 320));
  assert.deepEqual(act.stats().breakers, { erp: 'half-open' });
  assert.equal((await act.perform(permitFor(pay), pay)).kind, 'done');
  assert.deepEqual(act.stats().breakers, { erp: 'closed' });
});

test('after a crash an act is settled by its class: called again, asked, or left to a person', async () => {
  const expected = { E0: 'done', E1: 'done', E2: 'done', E3: 'unknown' } as const;
  for (const effect of EFFECT_CLASSES) {
    const pay = payTool(effect);
    const permit = permitFor(pay);
    const crashed = actor();
    armFailpoint('act.after-send', { action: 'throw' });
    await assert.rejects(crashed.perform(permit, pay), /act\.after-send/);
    const again = { ...permit };
    issued.add(again);
    assert.equal(short(await actor().settle(again, pay)), expected[effect], effect);
    assert.equal((await linesOf(permit.id)).length, 1, effect);
  }
});

test('after a crash before sending, E2 is asked until the tool must be quiet, then never happened', async () => {
  const pay = payTool('E2');
  const permit = permitFor(pay);
  armFailpoint('act.before-send', { action: 'throw' });
  await assert.rejects(actor().perform(permit, pay), /act\.before-send/);
  const again = { ...permit };
  issued.add(again);
  const began = Date.now();
  assert.equal(short(await actor().settle(again, pay)), 'failed never-happened');
  assert.ok(Date.now() - began >= 100);
  assert.equal((await linesOf(permit.id)).length, 0);
});

test('a lookup says what the tool knows, and unknown when it does not say', async () => {
  const pay = payTool('E2');
  const act = actor();
  const permit = permitFor(pay);
  const done = await act.perform(permit, pay);
  assert.deepEqual(await act.lookup(permit.id, pay), done);
  assert.equal(short(await act.lookup(newId('permit'), pay)), 'failed never-happened');
  simulator.knobs.set({ system: 'erp' }, { on: 'reads', failRate: true });
  assert.equal((await act.lookup(permit.id, pay)).kind, 'unknown');
  assert.equal((await act.lookup(permit.id, payTool('E3'))).kind, 'unknown');
  const acting = payTool('E2', { lookup: http('erp', 'POST /payments') });
  assert.equal((await act.lookup(permit.id, acting)).kind, 'unknown', 'a lookup that is no GET is not sent');
});

/** What a function in this process may do, and what becomes of it by class. */
const LOCAL: Record<string, { perform: () => unknown; outcome: string | Record<EffectClass, string> }> = {
  returns: { perform: () => 'ok', outcome: 'done' },
  resolves: { perform: async () => 'ok', outcome: 'done' },
  'returns another shape': { perform: () => 5, outcome: 'failed bad-result' },
  'says that it cannot': { perform: () => thrown(new Misuse('bad-request', 'no')), outcome: 'failed rejected' },
  'says to come later': {
    perform: () => thrown(new RetryLater('tool-unavailable', 'later', { afterMs: 1 })),
    outcome: 'failed not-sent',
  },
  'throws anything else': {
    perform: () => thrown(new Error('oh')),
    outcome: { E0: 'failed no-answer', E1: 'unknown', E2: 'failed never-happened', E3: 'unknown' },
  },
  'never ends': {
    perform: () => new Promise(() => {}),
    outcome: { E0: 'failed no-answer', E1: 'unknown', E2: 'failed never-happened', E3: 'unknown' },
  },
};
for (const [name, { perform, outcome }] of Object.entries(LOCAL)) {
  test(`by effect class, what becomes of a local tool that ${name}`, async () => {
    for (const effect of EFFECT_CLASSES) {
      const local = tool('local.thing', {
        description: 'x',
        input: Payment,
        output: z.string(),
        effect: effect === 'E2' ? 'E3' : effect,
        call: { kind: 'local', perform },
        timeoutMs: 20,
      });
      const lookup = effect === 'E2' ? ({ kind: 'local', perform: () => null } as const) : null;
      const plain: Tool = { ...local, effect, lookup };
      const result = await actor({
        sleep: (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 25))),
      }).perform(permitFor(plain), plain);
      const expected = typeof outcome === 'string' ? outcome : outcome[effect];
      assert.equal(short(result), expected, `${effect}: ${JSON.stringify(result)}`);
    }
  });
}

test('an event is published once under the permit id, also when the record was away for a moment', async () => {
  const announce = publish('claim.paid', { description: 'x', data: z.object({ subject: z.string() }) });
  const calls: unknown[] = [];
  const act = actor({
    publish: async (type, data, key) => {
      calls.push([type, data, key]);
      if (calls.length === 1) throw new RetryLater('record-unavailable', 'away', { afterMs: 1 });
      if (calls.length === 2) throw new Error('connection lost');
      return { event: 'evt_1' };
    },
  });
  const permit = permitFor(announce, { subject: 'claim-7' });
  const outcome = await act.perform(permit, announce);
  assert.deepEqual(outcome.kind === 'done' && outcome.result, { event: 'evt_1' });
  assert.deepEqual(calls, Array(3).fill(['claim.paid', { subject: 'claim-7' }, permit.id]));
});

test('stopping waits for what is under way and takes nothing new', async () => {
  simulator.knobs.set({ system: 'erp' }, { delayMs: 50 });
  const pay = payTool('E1');
  const act = actor();
  const performing = act.perform(permitFor(pay), pay);
  await new Promise((resolve) => setTimeout(resolve, 10));
  await act.stop();
  assert.equal((await performing).kind, 'done');
  const permit = permitFor(pay);
  await assert.rejects(act.perform(permit, pay), { code: 'tool-unavailable' });
  assert.ok(issued.has(permit), 'the permit is unspent');
});

function thrown(error: Error): never {
  throw error;
}

test('the platform allows a tool no more calls at once than it allows any, whatever the tool says', async () => {
  let together = 0;
  let most = 0;
  const slow = tool('own.slow', {
    description: 'Takes a moment',
    input: z.object({}),
    output: z.null(),
    effect: 'E0',
    concurrency: 8,
    call: {
      kind: 'local',
      async perform() {
        most = Math.max(most, ++together);
        await new Promise((resolve) => setTimeout(resolve, 5));
        together -= 1;
        return null;
      },
    },
  });
  const act = actor({ mostPerTool: 2 });
  await Promise.all(Array.from({ length: 8 }, () => act.perform(permitFor(slow, {}), slow)));
  assert.equal(most, 2);
});
