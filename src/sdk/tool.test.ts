import assert from 'node:assert/strict';
import test from 'node:test';
import { z } from 'zod';
import { eur } from '../vocabulary/index.ts';
import { http, publish, schemaOf, tool, type ToolOptions } from './tool.ts';

const Order = z.object({ order: z.string(), amount: z.number() });
const Receipt = z.object({ id: z.string() });
type Options = ToolOptions<z.infer<typeof Order>, z.infer<typeof Receipt>>;

const whole: Options = {
  description: 'hold an order',
  input: Order,
  output: Receipt,
  effect: 'E1',
  call: http('mes', 'POST /holds'),
};

test('a tool is careful unless it says otherwise', () => {
  const { risk, reads, sends, external, lookup, compensate } = tool('mes.hold', whole);
  assert.deepEqual(
    { risk, reads, sends, external, lookup, compensate },
    { risk: 'low', reads: 'internal', sends: 'internal', external: false, lookup: null, compensate: null },
  );
});

test('a malformed tool name is refused', () => {
  for (const name of [
    '',
    'hold',
    'MES.hold',
    'mes.',
    '.hold',
    'mes..hold',
    'mes.hold order',
    'mes.1hold',
    'mes.hоld',
  ]) {
    assert.throws(() => tool(name, whole), { code: 'bad-fleet' }, name);
  }
  assert.equal(tool('mes.orders.hold', whole).name, 'mes.orders.hold');
});

test('a tool of class E2 says how to ask whether it happened', () => {
  assert.throws(() => tool('mes.hold', { ...whole, effect: 'E2' }), { code: 'bad-fleet', message: /has no `lookup`/ });
  const lookup = http('mes', 'GET /holds/by-reference/{reference}');
  assert.deepEqual(tool('mes.hold', { ...whole, effect: 'E2', lookup }).lookup, lookup);
});

test('a request is a method and a path', () => {
  assert.deepEqual(http('mes', 'POST /holds/{id}/withdraw'), {
    kind: 'http',
    system: 'mes',
    method: 'POST',
    path: '/holds/{id}/withdraw',
  });
  for (const request of [
    '',
    'POST',
    '/holds',
    'POST holds',
    'PATCH /holds',
    'post /holds',
    'POST  /holds',
    'POST /a b',
  ]) {
    assert.throws(() => http('mes', request), { code: 'bad-fleet' }, request);
  }
});

test('the digest changes when any part of the definition changes', () => {
  const undo = tool('mes.release', whole);
  const changes: Record<string, Partial<Options>> = {
    description: { description: 'hold one order' },
    input: { input: z.object({ order: z.string().min(1), amount: z.number() }) },
    output: { output: z.object({ id: z.string().min(1) }) },
    effect: { effect: 'E3' },
    call: { call: http('mes', 'POST /stops') },
    method: { call: http('mes', 'PUT /holds') },
    system: { call: http('erp', 'POST /holds') },
    local: { call: { kind: 'local', perform: () => 1 } },
    'another local': { call: { kind: 'local', perform: () => 2 } },
    lookup: { lookup: http('mes', 'GET /holds/by-reference/{reference}') },
    compensate: { compensate: undo },
    risk: { risk: 'high' },
    reads: { reads: 'restricted' },
    sends: { sends: 'public' },
    external: { external: true },
    timeout: { timeoutMs: 1 },
    concurrency: { concurrency: 1 },
    amount: { amount: ({ amount }) => eur(amount) },
    'another amount': { amount: ({ amount }) => eur(amount / 2) },
    resource: { resource: ({ order }) => order },
  };
  const digests = new Map([
    [tool('mes.hold', whole).digest, 'unchanged'],
    [tool('mes.keep', whole).digest, 'name'],
  ]);
  assert.equal(tool('mes.hold', { ...whole }).digest, tool('mes.hold', whole).digest);
  for (const [what, change] of Object.entries(changes)) {
    const { digest } = tool('mes.hold', { ...whole, ...change });
    assert.equal(digests.get(digest), undefined, `${what} gives the digest of ${digests.get(digest)}`);
    digests.set(digest, what);
  }
});

test('a grant says how far it goes', () => {
  const hold = tool('mes.hold', whole);
  assert.deepEqual(hold.granted, { tool: hold, upTo: null, resources: [] });
  assert.deepEqual(hold.upTo(eur(5)), { tool: hold, upTo: { minor: 500, currency: 'EUR' }, resources: [] });
  assert.deepEqual(hold.on('Case1', 'Case2').resources, ['Case1', 'Case2']);
});

test('a wish carries the tool, the arguments and the reason', () => {
  const hold = tool('mes.hold', whole);
  const wish = { order: 'Case1', amount: 1 };
  assert.deepEqual(hold.with(wish, 'not inspected'), { tool: hold, arguments: wish, why: 'not inspected' });
});

test('a published event acts on its subject', () => {
  const announce = publish('order.held', { description: 'say so', data: z.object({ subject: z.string() }) });
  assert.equal(announce.name, 'events.order-held');
  assert.deepEqual(announce.call, { kind: 'publish', type: 'order.held' });
  assert.equal(announce.resource?.({ subject: 'Case1' }), 'Case1');
});

test('a schema has the same form whatever the order of its members', () => {
  const one = schemaOf(z.object({ a: z.string(), b: z.number() }));
  const other = schemaOf(z.object({ b: z.number(), a: z.string() }));
  assert.deepEqual(Object.keys(Object(one).properties), Object.keys(Object(other).properties));
});
