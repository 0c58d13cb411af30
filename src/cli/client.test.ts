import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { after, test } from 'node:test';
import { runCli } from './cli.ts';
import { connect, createClient } from './client.ts';
import { discover, publishDiscovery, removeDiscovery } from './discovery.ts';
import { program } from './program.ts';
import { RunPage } from './answers.ts';

const folder = mkdtempSync(join(tmpdir(), 'reeve-client-'));
const asking = { config: { dataDir: folder, token: undefined }, note: () => {} };
writeFileSync(join(folder, 'token'), 'reeve_secret\n');
let answer: (request: IncomingMessage, response: ServerResponse) => void = () => {};
const server = createServer((request, response) => answer(request, response)).listen(0, '127.0.0.1');
await once(server, 'listening');
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
after(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

function answers(status: number, body: unknown): void {
  answer = (_, response) => response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
}

test('the token is sent, the query is escaped, and what is not given is left out', async () => {
  let seen: [string | undefined, string | undefined] = [undefined, undefined];
  answer = (request, response) => {
    seen = [request.headers.authorization, request.url];
    response.end('{"items":[],"next":null}');
  };
  await createClient(url, 'reeve_secret').get('/v1/runs', RunPage, { agent: 'a&b=c', limit: 3, cursor: undefined });
  assert.deepEqual(seen, ['Bearer reeve_secret', '/v1/runs?agent=a%26b%3Dc&limit=3']);
});

test('a token that is given is sent in place of the one that lies there, and the mode is said once', async () => {
  publishDiscovery(folder, { url, pid: process.pid, startedAt: '2026-06-10T10:00:00Z' });
  const seen: (string | undefined)[] = [];
  const notes: string[] = [];
  answer = (request, response) => {
    seen.push(request.headers.authorization);
    response.setHeader('reeve-mode', 'single-operator').end('{"items":[],"next":null}');
  };
  const note = (line: string) => void notes.push(line);
  const own = connect({ config: { dataDir: folder, token: undefined }, note });
  await own.get('/v1/runs', RunPage);
  await own.get('/v1/runs', RunPage);
  assert.equal(notes.length, 1);
  assert.match(notes.join(), /^single-operator mode: /);
  await connect({ config: { dataDir: folder, token: 'reeve_given' }, note }).get('/v1/runs', RunPage);
  assert.deepEqual(seen, ['Bearer reeve_secret', 'Bearer reeve_secret', 'Bearer reeve_given']);
  removeDiscovery(folder);
});

test('a problem becomes the fault that it was, with its code and fix', async () => {
  const get = () => createClient(url, 't').get('/v1/runs', RunPage);
  const problem = { code: 'queue-full', detail: 'no room', fix: 'wait' };
  answers(429, problem);
  await assert.rejects(get, { name: 'RetryLater', code: 'queue-full', message: 'no room', fix: 'wait' });
  answers(404, { ...problem, code: 'not-found' });
  await assert.rejects(get, { name: 'Misuse', code: 'not-found' });
  answers(401, { ...problem, code: 'unauthorized' });
  await assert.rejects(get, { name: 'GiveUp', code: 'unauthorized' });
  answers(502, '<html>');
  await assert.rejects(get, { name: 'GiveUp', code: 'internal', message: /answered 502/ });
  answers(200, { items: 'many' });
  await assert.rejects(get, { name: 'GiveUp', message: /is not understood/ });
});

test('nobody there, and somebody who died there, are both said plainly', async () => {
  assert.throws(() => connect(asking), { name: 'GiveUp', code: 'not-ready', message: /no platform runs/ });
  publishDiscovery(folder, { url, pid: 2 ** 22 + 1, startedAt: '2026-06-10T10:00:00Z' });
  assert.equal(discover(folder), null, 'its process is gone');
  publishDiscovery(folder, { url: 'http://127.0.0.1:1', pid: process.pid, startedAt: '2026-06-10T10:00:00Z' });
  await assert.rejects(() => connect(asking).get('/v1/runs', RunPage), {
    name: 'RetryLater',
    message: /does not answer/,
  });
  removeDiscovery(folder);
  removeDiscovery(folder);
});

test('an event that finds the queue full is sent again until there is room, and no other is', async () => {
  publishDiscovery(folder, { url, pid: process.pid, startedAt: '2026-06-10T10:00:00Z' });
  const bodies: { id: string }[][] = [];
  answer = (request, response) => {
    void (async () => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const events = JSON.parse(Buffer.concat(parts).toString()) as { id: string }[];
      bodies.push(events);
      const results = events.map(({ id }) =>
        id === 'b' && bodies.length === 1
          ? { status: 429, problem: { code: 'queue-full', detail: 'full' } }
          : { status: 202, taken: { event: `evt_${id}`, state: id === 'c' ? 'repeat' : 'admitted', seq: 1, runs: 1 } },
      );
      response.end(JSON.stringify({ results }));
    })();
  };
  const stdin = Readable.from([Buffer.from('{"id":"a"}\n{"id":"b"}\n{"id":"c"}\n')]);
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const args = ['event', 'send', '-', '--json', '--data-dir', folder];
  assert.equal(await runCli(args, { stdout, stderr, stdin }, program), 0);
  assert.deepEqual(bodies, [[{ id: 'a' }, { id: 'b' }, { id: 'c' }], [{ id: 'b' }]]);
  const sent = JSON.parse((stdout.read() as Buffer).toString()) as { line: number; state: string }[];
  assert.deepEqual(
    sent.map(({ line, state }) => [line, state]),
    [
      [1, 'admitted'],
      [2, 'admitted'],
      [3, 'repeat'],
    ],
  );
});
