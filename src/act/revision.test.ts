import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { once } from 'node:events';
import { z } from 'zod';
import { http, tool } from '../sdk/index.ts';
import { RetryLater, systemClock, type ToolCall } from '../vocabulary/index.ts';
import { createActor, type Actor } from './index.ts';

let answer: RequestListener = (_, response) => response.end();
const asked: string[] = [];
const server = createServer((request, response) => {
  asked.push(`${request.method} ${request.url} ${request.headers['idempotency-key'] ?? '-'}`);
  answer(request, response);
}).listen(0, '127.0.0.1');
const actors: Actor[] = [];
before(() => once(server, 'listening'));
after(async () => {
  for (const one of actors) await one.stop();
  server.close();
});

function actor(): Actor {
  const { port } = server.address() as AddressInfo;
  const made = createActor({
    systems: { erp: { baseUrl: `http://127.0.0.1:${port}/api`, secret: () => 'hush' } },
    spend: () => false,
    publish: () => Promise.reject(new Error('nothing is published here')),
    clock: systemClock,
    sleep: async () => undefined,
  });
  actors.push(made);
  return made;
}

const withRevision = (revision: ToolCall | undefined) =>
  tool('erp.pay', {
    description: 'pays',
    input: z.object({ invoice: z.string() }),
    output: z.object({}),
    effect: 'E1',
    call: http('erp', 'POST /payments'),
    ...(revision && { revision }),
  });
const byHttp = withRevision(http('erp', 'GET /invoices/{invoice}'));
const INVOICE = '{"invoice":"7/8"}';

test('the version is the ETag of what the arguments name, else the digest of the answer', async () => {
  answer = (_, response) => response.setHeader('etag', '"v1"').end('{}');
  assert.equal(await actor().revision(byHttp, INVOICE), '"v1"');
  assert.equal(asked.at(-1), 'GET /api/invoices/7%2F8 -');
  answer = (_, response) => response.end('{"total":1}');
  const first = await actor().revision(byHttp, INVOICE);
  assert.match(first ?? '', /^sha256:/);
  assert.equal(await actor().revision(byHttp, INVOICE), first);
  answer = (_, response) => response.end('{"total":2}');
  assert.notEqual(await actor().revision(byHttp, INVOICE), first);
});

test('what is not there has a version of its own, so that it cannot appear unnoticed', async () => {
  answer = (_, response) => response.writeHead(404).end();
  assert.equal(await actor().revision(byHttp, INVOICE), 'absent');
});

test('a version that cannot be asked for is never taken for known: it is asked again, then put off', async () => {
  let times = 0;
  answer = (_, response) => response.writeHead(++times < 3 ? 500 : 200, { etag: 'x' }).end();
  assert.equal(await actor().revision(byHttp, INVOICE), 'x');
  answer = (_, response) => response.writeHead(302, { location: '/' }).end();
  await assert.rejects(actor().revision(byHttp, INVOICE), (error) => {
    assert.ok(error instanceof RetryLater && error.code === 'tool-unavailable');
    return true;
  });
});

test('a function may say the version; null when it cannot tell, and without a way to ask there is none', async () => {
  const local = (perform: (input: unknown) => unknown) => withRevision({ kind: 'local', perform });
  assert.equal(
    await actor().revision(
      local((input) => `v-${(input as { invoice: string }).invoice}`),
      INVOICE,
    ),
    'v-7/8',
  );
  assert.match(
    (await actor().revision(
      local(() => ({ lines: [1, 2] })),
      INVOICE,
    )) ?? '',
    /^sha256:/,
  );
  assert.equal(
    await actor().revision(
      local(() => null),
      INVOICE,
    ),
    null,
  );
  await assert.rejects(
    actor().revision(
      local(() => assert.fail('broken')),
      INVOICE,
    ),
    { code: 'tool-unavailable' },
  );
  assert.equal(await actor().revision(withRevision(undefined), INVOICE), null);
});
