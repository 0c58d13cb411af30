import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { z } from 'zod';
import { http, publish, tool } from '../sdk/index.ts';
import { handMovedClock, startSimulator, type Simulator } from '../testing/index.ts';
import {
  canonical,
  digestText,
  newId,
  systemClock,
  type Permit,
  type Tool,
  type ToolCall,
} from '../vocabulary/index.ts';
import { createActor, type ActorOptions } from './index.ts';

// What the permit and the stop say is asked when the bytes are about to leave, not before.
let dir: string;
let simulator: Simulator;
before(async () => {
  dir = mkdtempSync(join(tmpdir(), 'reeve-stopped-'));
  simulator = await startSimulator({ dir });
});
after(async () => {
  await simulator.stop();
  rmSync(dir, { recursive: true, force: true });
});

const HELD = 'a stop covers this';

function actor(options: Partial<ActorOptions>) {
  return createActor({
    systems: { erp: { baseUrl: `${simulator.url}/erp` } },
    spend: () => true,
    publish: () => Promise.reject(new Error('nothing is published here')),
    clock: systemClock,
    ...options,
  });
}

function toolFor(call: ToolCall, more: { effect?: 'E1' | 'E3'; concurrency?: number; timeoutMs?: number } = {}): Tool {
  return tool('erp.pay', {
    description: 'Pays',
    input: z.object({ amount: z.int() }),
    output: z.object({}),
    effect: 'E1',
    timeoutMs: 400,
    ...more,
    call,
  }) as Tool;
}

function permitFor(of: Tool, notAfter = Date.now() + 60_000): Permit {
  const argumentsText = canonical({ amount: 5 });
  return {
    id: newId('permit'),
    tool: of.name,
    toolDigest: of.digest,
    effect: of.effect,
    argumentsText,
    argumentsDigest: digestText(argumentsText),
    notAfter,
  } as Permit;
}

async function arrived(key: string): Promise<number> {
  let lines = 0;
  for await (const line of simulator.journal('erp')) if (line.key === key) lines += 1;
  return lines;
}

test('a stop holds back every kind of call, with certainty, and says that it was stopped', async () => {
  let called = 0;
  const calls: ToolCall[] = [
    http('erp', 'POST /payments'),
    { kind: 'local', perform: () => (called += 1) },
    publish('x.y', { description: 'x', data: z.object({ amount: z.int() }) as never }).call,
  ];
  for (const call of calls) {
    const of = toolFor(call);
    const permit = permitFor(of);
    const act = actor({
      stopped: () => HELD,
      publish: () => {
        called += 1;
        return Promise.resolve({});
      },
    });
    const outcome = await act.perform(permit, of);
    assert.deepEqual(outcome, { kind: 'failed', code: 'stopped', message: HELD }, call.kind);
    assert.equal(await arrived(permit.id), 0);
    await act.stop();
  }
  assert.equal(called, 0);
});

test('INVARIANT (a-stop-holds-at-the-wire): a stop that comes while a call waits for its place holds it back', async () => {
  simulator.knobs.set({ system: 'erp' }, { delayMs: 250 });
  const of = toolFor(http('erp', 'POST /payments'), { concurrency: 1 });
  let stopped = false;
  const act = actor({ stopped: () => (stopped ? HELD : null) });
  const first = permitFor(of);
  const second = permitFor(of);
  const both = [act.perform(first, of), act.perform(second, of)];
  await new Promise((resolve) => setTimeout(resolve, 120));
  stopped = true;
  const [one, two] = await Promise.all(both);
  assert.equal(one?.kind, 'done', 'what has left is not called back');
  assert.deepEqual(two, { kind: 'failed', code: 'stopped', message: HELD });
  assert.deepEqual([await arrived(first.id), await arrived(second.id)], [1, 0]);
  simulator.knobs.set({ system: 'erp' }, null);
  await act.stop();
});

test('nothing is handed to a connection before it stands: a stop, or the end of the permit, that comes while it is made', async () => {
  for (const [code, change] of [
    ['stopped', 'stop'],
    ['not-sent', 'time'],
  ] as const) {
    const clock = handMovedClock();
    let looks = 0;
    let bytes = 0;
    const server = createTcpServer((socket) =>
      socket.on('data', (data) => (bytes += data.length)).on('error', () => undefined),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    // It is looked at three times: before it waits for its place, when it has it, and when the connection stands.
    const act = actor({
      systems: { erp: { baseUrl } },
      clock,
      stopped() {
        looks += 1;
        if (change === 'time' && looks === 2) clock.advance(2_001);
        return change === 'stop' && looks === 3 ? HELD : null;
      },
    });
    const of = toolFor(http('erp', 'POST /payments'));
    const outcome = await act.perform(permitFor(of, clock.now() + 2_000), of);
    assert.equal(outcome.kind === 'failed' && outcome.code, code);
    assert.deepEqual([bytes, looks], [0, change === 'stop' ? 3 : 2]);
    await act.stop();
    server.close();
  }
});

test('what was held back says nothing about the system: its breaker stays closed', async () => {
  const of = toolFor(http('erp', 'POST /payments'));
  let asked = 0;
  // The first two looks pass, the third is the one at the wire.
  const act = actor({ stopped: () => (++asked % 3 === 0 ? HELD : null) });
  for (let n = 0; n < 20; n++) await act.perform(permitFor(of), of);
  assert.equal(act.stats().breakers['erp'], 'closed');
  assert.equal((await act.perform(permitFor(of), of)).kind, 'failed');
  await act.stop();
});
