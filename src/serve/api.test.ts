import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Misuse, RetryLater, type RoleGrant } from '../vocabulary/index.ts';
import { createApi } from './api.ts';
import type { ApiDeps } from './deps.ts';
import { NOBODY } from './guard.ts';

type Bringer = Parameters<ApiDeps['fabric']['receive']>[1];

// The API without a socket and with nothing behind it but what each test puts there.
const TOKEN = 'reeve_right';
const EVENT = { specversion: '1.0', id: '1', source: 'test', type: 'thing.seen', subject: 'thing-1', data: { n: 1 } };
const ID = `evt_${'0'.repeat(32)}`;
const RUN = `run_${'0'.repeat(32)}`;

const PERSON = `per_${'1'.repeat(32)}`;
const EVERYTHING = (['administrator', 'operator', 'auditor'] as const).map(
  (role) => ({ tenant: '*', role, as: null }) as RoleGrant,
);

let grants: readonly RoleGrant[] = EVERYTHING;
let single = false;
let received: unknown[] = [];
let receive: (raw: unknown, bringer: Bringer) => Promise<unknown>;
let readiness = { database: null, engine: null, fabric: null } as Awaited<ReturnType<ApiDeps['readiness']>>;
let list: (...asked: unknown[]) => Promise<unknown[]>;
let trouble: string[] = [];

const deps = {
  fabric: {
    isSingle: () => single,
    approvals: {},
    registry: { fleets: [{ tenant: 'north' }, { tenant: 'south' }], agents: [], agent: () => null, tool: () => null },
    receive: (raw: unknown, bringer: Bringer) => receive(raw, bringer),
    fences: {
      stop: ({ person }: { person: string }, scope: string, reason: string) =>
        Promise.resolve({ scope, stopped: true, reason, epoch: 1, tenant: '*', by: person, onRecord: false }),
    },
  },
  recordFor: () => ({
    runs: { list: (...asked: unknown[]) => list(...asked) },
    events: { seqOf: () => Promise.resolve(7), get: () => Promise.resolve(null) },
  }),
  sealer: { latest: () => null },
  doorkeeper: {
    ofToken: (given: string) =>
      Promise.resolve(given === TOKEN ? { ...NOBODY, person: PERSON, grants, scopes: null } : null),
    ofSession: (headers: Headers) =>
      Promise.resolve(
        headers.get('cookie') === 'reeve.session_token=right'
          ? { ...NOBODY, person: PERSON, grants, scopes: null, via: 'session' }
          : null,
      ),
  },
  readiness: () => Promise.resolve(readiness),
  now: () => Date.parse('2026-11-22T08:00:00Z'),
  onTrouble: (what: string) => trouble.push(what),
} as unknown as ApiDeps;
const api = createApi(deps, { maxBodyBytes: 1_000, port: null });

beforeEach(() => {
  grants = EVERYTHING;
  single = false;
  received = [];
  trouble = [];
  readiness = { database: null, engine: null, fabric: null };
  receive = (raw, bringer) => {
    received.push([raw, bringer]);
    return Promise.resolve({ event: ID, state: 'admitted', seq: 5, runs: 1 });
  };
  list = () => Promise.resolve([]);
});

interface Answered {
  readonly status: number;
  readonly code: unknown;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

async function ask(path: string, init: RequestInit = {}): Promise<Answered> {
  const headers = { host: 'localhost', authorization: `Bearer ${TOKEN}`, ...(init.headers as Record<string, string>) };
  const response = await api.request(`http://localhost${path}`, { ...init, headers });
  const body = (await response.json()) as Record<string, unknown>;
  const type = response.status >= 400 ? 'application/problem+json' : 'application/json';
  assert.equal(response.headers.get('content-type'), type);
  if (response.status >= 400) assert.equal(body['status'], response.status);
  return { status: response.status, code: body['code'], headers: response.headers, body };
}

function post(
  body: string | Uint8Array | object,
  type = 'application/cloudevents+json',
  headers = {},
  path = '/v1/events?tenant=north',
) {
  const bytes = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  return ask(path, { method: 'POST', headers: { 'content-type': type, ...headers }, body: bytes as string });
}

test('a structured event is handed in untrusted, and answered with where its receipt will be', async () => {
  const { status, body } = await post(EVENT, 'application/cloudevents+json; charset=UTF-8');
  assert.equal(status, 202);
  assert.deepEqual(body, { event: ID, state: 'admitted', seq: 5, runs: 1, receipt: '/v1/entries/5' });
  const label = { integrity: 'untrusted', confidentiality: 'internal', origins: [] };
  assert.deepEqual(received, [
    [EVENT, { tenant: 'north', label, receivedAt: '2026-11-22T08:00:00.000Z', principal: PERSON }],
  ]);
});

test('a binary event is the same event, its attributes percent-decoded', async () => {
  const { specversion, id, source, type, subject, data } = EVENT;
  const headers = {
    'ce-specversion': specversion,
    'ce-id': id,
    'ce-source': source,
    'ce-type': type,
    'ce-subject': '"thing%20%E2%82%AC 1"',
  };
  assert.equal((await post(data, 'application/json', headers)).status, 202);
  const [[raw]] = received as [[Record<string, unknown>]];
  assert.deepEqual(raw, { ...EVENT, subject: 'thing € 1', datacontenttype: 'application/json' });
  assert.equal(subject, 'thing-1');
  assert.equal((await post(data, 'application/json', { ...headers, 'ce-subject': 'a%00b' })).code, 'bad-event');
  assert.equal((await post(data, 'application/json', { ...headers, 'ce-subject': '%ff' })).code, 'bad-event');
  assert.equal((await post(data, 'application/json')).code, 'bad-event', 'without ce-specversion');
});

test('a repeat is answered with its place on record', async () => {
  receive = () => Promise.resolve({ event: ID, state: 'repeat', seq: null, runs: 0 });
  const { status, body } = await post(EVENT);
  assert.deepEqual([status, body['state'], body['seq'], body['runs']], [202, 'repeat', 7, 0]);
});

test('a bad event in a batch does not keep the good ones out', async () => {
  receive = (raw) => {
    const { id } = raw as { id: unknown };
    if (id === 'bad') return Promise.reject(new Misuse('unknown-event-type', 'nobody works on it'));
    if (id === 'full') return Promise.reject(new RetryLater('queue-full', 'full', { afterMs: 3_000 }));
    return Promise.resolve({ event: ID, state: 'admitted', seq: Number(id), runs: 1 });
  };
  const events = ['1', 'bad', '2', 'full'].map((id) => ({ ...EVENT, id }));
  const { status, body, headers } = await post(events, 'application/cloudevents-batch+json');
  assert.equal(status, 207);
  assert.equal(headers.get('retry-after'), '3');
  const results = body['results'] as { status: number; taken?: { seq: number }; problem?: { code: string } }[];
  assert.deepEqual(
    results.map((one) => [one.status, one.taken?.seq ?? one.problem?.code]),
    [
      [202, 1],
      [422, 'unknown-event-type'],
      [202, 2],
      [429, 'queue-full'],
    ],
  );
  assert.deepEqual((await post([], 'application/cloudevents-batch+json')).body, { results: [] });
  assert.equal((await post(EVENT, 'application/cloudevents-batch+json')).code, 'bad-event');
});

test('what cannot be taken now says when to come again', async () => {
  receive = () => Promise.reject(new RetryLater('queue-full', 'full', { afterMs: 1_500 }));
  const full = await post(EVENT);
  assert.deepEqual([full.status, full.code, full.headers.get('retry-after')], [429, 'queue-full', '2']);
  receive = () => Promise.reject(new RetryLater('database-unreachable', 'away'));
  const away = await post(EVENT);
  assert.deepEqual([away.status, away.code, away.headers.get('retry-after')], [503, 'record-unavailable', '2']);
});

test('a record that does not answer is waited for, but not for ever', { timeout: 20_000 }, async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const asked = new Promise<void>((resolve) => {
    receive = () => {
      resolve();
      return new Promise(() => undefined);
    };
  });
  const answer = post(EVENT);
  await asked;
  t.mock.timers.tick(5_000);
  const { status, code, headers } = await answer;
  assert.deepEqual([status, code, headers.get('retry-after')], [503, 'record-unavailable', '2']);
});

test('a tenant is named when there are several, and must exist', async () => {
  assert.equal((await post(EVENT, undefined, {}, '/v1/events')).code, 'bad-request');
  assert.equal((await post(EVENT, undefined, {}, '/v1/events?tenant=west')).code, 'unknown-tenant');
  assert.equal((await post(EVENT, undefined, { 'reeve-tenant': '__proto__' }, '/v1/events')).code, 'unknown-tenant');
  assert.equal(
    (await post(EVENT, undefined, { 'reeve-tenant': 'north' }, '/v1/events?tenant=south')).code,
    'bad-request',
  );
  assert.equal((await post(EVENT, undefined, { 'reeve-tenant': 'south' }, '/v1/events')).status, 202);
  assert.equal((received as [unknown, Bringer][])[0]?.[1].tenant, 'south');
});

test('only what is JSON, of an event, in UTF-8, and not too large is read', async () => {
  assert.equal((await post('{"a":1,"a":2}')).code, 'bad-json');
  assert.equal((await post('{')).code, 'bad-json');
  assert.equal((await post('')).code, 'bad-json');
  assert.equal((await post(EVENT, 'text/plain')).code, 'unsupported-media-type');
  assert.equal((await post(EVENT, 'application/cloudevents+json; charset=latin1')).code, 'unsupported-media-type');
  const large = await post({ ...EVENT, data: 'x'.repeat(1_000) });
  assert.deepEqual([large.status, large.code], [413, 'body-too-large']);
  const chunks = new ReadableStream({
    pull(controller) {
      controller.enqueue(new Uint8Array(300));
    },
  });
  const endless = {
    method: 'POST',
    body: chunks,
    duplex: 'half',
    headers: { 'content-type': 'application/cloudevents+json' },
  };
  const cut = await ask('/v1/events?tenant=north', endless as RequestInit);
  assert.deepEqual([cut.status, cut.code], [413, 'body-too-large']);
  assert.deepEqual(received, []);
});

test('loopback-and-token: without the token there is nothing but health, not even a hint of what exists', async () => {
  for (const path of ['/v1/runs', '/v1/openapi.json', '/v1/nothing', '/', '/v1/health/']) {
    for (const authorization of [
      '',
      'Bearer',
      'Bearer wrong',
      `Basic ${TOKEN}`,
      `Bearer ${TOKEN} x`,
      `bearer${TOKEN}`,
    ]) {
      const { status, code, headers } = await ask(path, { headers: { authorization } });
      assert.deepEqual(
        [status, code, headers.has('www-authenticate')],
        [401, 'unauthorized', true],
        `${path} ${authorization}`,
      );
    }
  }
  assert.equal((await ask('/v1/health', { headers: { authorization: '' } })).status, 200);
  assert.equal((await ask('/v1/ready', { headers: { authorization: '' } })).status, 200);
});

test('a right that is missing is said before anything else, and a foreign tenant is like none', async () => {
  grants = [{ tenant: 'north', role: 'operator', as: null } as RoleGrant];
  assert.equal((await post(EVENT)).status, 202);
  const south = await post(EVENT, undefined, {}, '/v1/events?tenant=south');
  const west = await post(EVENT, undefined, {}, '/v1/events?tenant=west');
  assert.deepEqual(south.body, west.body);
  assert.equal(south.code, 'unknown-tenant');
  assert.equal((await post(EVENT, undefined, {}, '/v1/events')).status, 202, 'the only one they may send for');
  grants = [{ tenant: 'north', role: 'viewer', as: null } as RoleGrant];
  const refused = await post('{', undefined);
  assert.deepEqual([refused.status, refused.code], [403, 'forbidden'], 'before the body is read');
  grants = [];
  assert.equal((await ask('/v1/runs')).code, 'forbidden');
  assert.equal((await ask('/v1/openapi.json')).code, 'forbidden');
});

test('no-forged-requests: a session comes with a cookie, and changes nothing for a page of somebody else', async () => {
  const cookie = 'reeve.session_token=right';
  const asked = (origin: string | undefined, method = 'POST') =>
    api.request('http://localhost/v1/fences', {
      method,
      headers: { host: 'localhost', cookie, 'content-type': 'application/json', ...(origin && { origin }) },
      body: JSON.stringify({ scope: 'tenant:north', reason: 'drill' }),
    });
  for (const origin of [
    undefined,
    'null',
    'http://evil.example',
    'https://localhost',
    'http://localhost.evil.example',
  ]) {
    assert.equal((await asked(origin)).status, 403, origin ?? 'none');
  }
  assert.notEqual((await asked('http://localhost')).status, 403);
  const wrong = await api.request('http://localhost/v1/runs', {
    headers: { host: 'localhost', cookie: 'reeve.session_token=x' },
  });
  assert.equal(wrong.status, 401);
  const read = await api.request('http://localhost/v1/runs', { headers: { host: 'localhost', cookie } });
  assert.equal(read.status, 200, 'reading needs no origin');
});

test('while one person runs the installation, every answer says so', async () => {
  for (const is of [true, false]) {
    single = is;
    for (const path of ['/v1/health', '/v1/runs', '/v1/nothing', '/v1/auth/link']) {
      const { headers } = await api.request(`http://localhost${path}`, { headers: { host: 'localhost' } });
      assert.equal(headers.get('reeve-mode'), is ? 'single-operator' : null, path);
    }
  }
});

test('readiness says what is missing, and nothing about why', async () => {
  readiness = { database: 'password for reeve is wrong', engine: null, fabric: null };
  const { status, code, body } = await ask('/v1/ready');
  assert.deepEqual([status, code, body['detail']], [503, 'not-ready', 'not ready: database']);
});

test('a name that was pointed at us is not ours', async () => {
  for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '169.254.169.254', '']) {
    const { status, code } = await ask('/v1/health', { headers: { host } });
    assert.deepEqual([status, code], [421, 'bad-host'], host);
  }
  for (const host of ['LOCALHOST:7070', '127.0.0.1:7070', '[::1]:7070']) {
    assert.equal((await ask('/v1/health', { headers: { host } })).status, 200, host);
  }
  const elsewhere = createApi(deps, { maxBodyBytes: 1_000, port: 7_070 });
  const status = async (host: string) =>
    (await elsewhere.request('http://localhost/v1/health', { headers: { host } })).status;
  assert.deepEqual(
    [await status('localhost:7070'), await status('localhost:7071'), await status('localhost')],
    [200, 421, 421],
  );
});

test('what does not exist and what is not allowed there are told apart', async () => {
  assert.equal((await ask('/v1/nothing')).code, 'not-found');
  assert.equal((await ask(`/v1/events/${ID}`)).code, 'not-found');
  assert.equal((await ask('/v1/events/%00')).code, 'not-found');
  assert.equal((await ask('/v1/events/%ff%fe')).code, 'not-found');
  assert.equal((await ask('/v1/agents/nobody')).code, 'unknown-agent');
  assert.equal((await ask('/v1/checkpoint')).code, 'not-found');
  for (const [method, path, allow] of [
    ['DELETE', '/v1/runs', 'GET, HEAD'],
    ['GET', '/v1/events', 'POST'],
    ['OPTIONS', '/v1/events', 'POST'],
    ['PUT', `/v1/runs/${RUN}`, 'GET, HEAD'],
  ] as const) {
    const { status, code, headers } = await ask(path, { method });
    assert.deepEqual([status, code, headers.get('allow')], [405, 'method-not-allowed', allow]);
    assert.equal(headers.get('access-control-allow-origin'), null);
  }
});

test('pages follow each other by a cursor, which nobody can make up', async () => {
  const runs = [3, 2, 1].map((seq) => ({
    id: `run_${String(seq).repeat(32)}`,
    seq,
    tenant: 'north',
    agent: 'clerk',
    agentVersion: `sha256:${'0'.repeat(64)}`,
    event: ID,
    subject: 's',
    state: 'done',
    why: '',
    attempts: 0,
    admittedAt: new Date(0),
    endedAt: null,
    secret: 'not described',
  }));
  const asked: unknown[] = [];
  list = (...args) => {
    asked.push(args);
    return Promise.resolve(args[1] === null ? runs : runs.slice(2));
  };
  const first = await ask('/v1/runs?limit=2&state=done');
  assert.deepEqual(
    (first.body['items'] as { seq: number }[]).map(({ seq }) => seq),
    [3, 2],
  );
  assert.ok(!('secret' in (first.body['items'] as object[])[0]!), 'what the schema does not name does not leave');
  const second = await ask(`/v1/runs?limit=2&cursor=${String(first.body['next'])}`);
  assert.equal(second.body['next'], null);
  assert.deepEqual(asked, [
    [{ state: 'done' }, null, 3],
    [{}, { seq: 2, id: runs[1]?.id }, 3],
  ]);
  const forged = Buffer.from(JSON.stringify([1, "'; drop table reeve.entry"])).toString('base64url');
  for (const query of [
    `cursor=${forged}`,
    'cursor=AAAA',
    'cursor=%00',
    'limit=0',
    'limit=501',
    'limit=1e3',
    'limit=-1',
    'state=gone',
    'agent=%00',
    'tenant=A',
    'unknown=1',
    '__proto__=1',
  ]) {
    const { status, code } = await ask(`/v1/runs?${query}`);
    assert.deepEqual([status, code], [400, 'bad-request'], query);
  }
});

test('a stop says what and why, and is answered with whether it is on record', async () => {
  const wish = (body: unknown) => post(body as object, 'application/json', {}, '/v1/fences');
  const good = { scope: 'tenant:north', stopped: true, reason: 'drill' };
  assert.deepEqual((await wish(good)).body, { ...good, epoch: 1, tenant: '*', by: PERSON, onRecord: false });
  for (const bad of [{ scope: '' }, { stopped: 'yes' }, { stopped: false }, { reason: ' ' }, { more: 1 }])
    assert.equal((await wish({ ...good, ...bad })).code, 'bad-request', JSON.stringify(bad));
});

test('a bug of ours is answered without its inside, and told to the log', async () => {
  list = () => Promise.reject(new Error('select * from secrets'));
  const { status, body } = await ask('/v1/runs');
  assert.equal(status, 500);
  assert.ok(!JSON.stringify(body).includes('secrets') && !JSON.stringify(body).includes('api.ts'));
  assert.match(trouble.join(), /GET \/v1\/runs: Error: select \* from secrets\n +at/);
  list = () => Promise.resolve([{ id: 'not a run' }]);
  assert.equal((await ask('/v1/runs')).code, 'internal', 'an answer that does not fit its schema does not leave');
});

test('decisions come with the cases that they name, from where the asked time begins', async () => {
  const asked: unknown[] = [];
  const about = `sha256:${'a'.repeat(64)}`;
  const entry = (seq: number, more: object) => ({
    seq,
    at: '2026-11-22T08:00:00.000Z',
    tenant: 'north',
    run: RUN,
    agent: 'clerk',
    kind: 'intent.permitted',
    body: {
      event: 'evt_1',
      permit: `prm_${seq}`,
      tool: 'erp.post',
      amount: null,
      verdict: { kind: 'permitted' },
      law: { policies: 'law' },
      ...more,
    },
  });
  const decisions = {
    before: (time: number) => Promise.resolve(time === 0 ? 4 : -1),
    list: (after: number, limit: number) => {
      asked.push([after, limit]);
      return Promise.resolve([
        entry(5, { case: about, amount: { minor: 7, currency: 'EUR' } }),
        entry(6, { case: null }),
        entry(7, {}),
      ]);
    },
    charged: (after: number, upTo: number) =>
      Promise.resolve(
        upTo < 6
          ? []
          : [{ seq: after + 1, body: { permit: 'prm_5', spent: { 'north/day|calls|ever|everything': 1 } } }],
      ),
    causes: (events: readonly string[]) => Promise.resolve(new Map(events.map((event) => [event, 'prm_before']))),
    cases: (digests: readonly string[]) => Promise.resolve(new Map(digests.map((digest) => [digest, '{}']))),
  };
  const policies = { tenant: () => Promise.resolve({ policies: 'forbid (principal, action, resource);' }) };
  const other = createApi(
    { ...deps, fabric: { ...deps.fabric, policies }, recordFor: () => ({ decisions }) } as unknown as ApiDeps,
    {
      maxBodyBytes: 1_000,
      port: null,
    },
  );
  const headers = { host: 'localhost', authorization: `Bearer ${TOKEN}` };
  const get = (query: string) => other.request(`http://localhost/v1/decisions?${query}`, { headers });
  const page = (await (await get('limit=2&since=1970-01-01T00:00:00Z')).json()) as Record<string, unknown>;
  assert.deepEqual(asked, [[4, 3]]);
  const items = page['items'] as Record<string, unknown>[];
  assert.deepEqual(
    items.map(({ seq, case: named, amountMinor, currency, cause }) => [seq, named, amountMinor, currency, cause]),
    [
      [5, about, 7, 'EUR', 'prm_before'],
      [6, null, 0, null, 'prm_before'],
    ],
  );
  assert.deepEqual(page['tightened'], { north: 'forbid (principal, action, resource);' });
  assert.deepEqual(page['settled'], [{ seq: 5, permit: 'prm_5', charged: { 'north/day|calls|ever|everything': 1 } }]);
  assert.deepEqual([page['cases'], page['next']], [{ [about]: '{}' }, 6]);
  const whole = (await (await get('limit=3')).json()) as { items: object[]; next: unknown };
  assert.ok(!('case' in (whole.items[2] ?? {})), 'an entry of before cases were kept has none');
  assert.equal(whole.next, null);
  for (const wrong of ['limit=2001', 'limit=0', 'since=yesterday', 'after=-1', 'more=1']) {
    assert.equal((await get(wrong)).status, 400, wrong);
  }
});

test('the description is OpenAPI 3.1 of every operation, with schemas for each answer', async () => {
  const { body } = await ask('/v1/openapi.json');
  assert.match(String(body['openapi']), /^3\.1\./);
  const paths = body['paths'] as Record<
    string,
    Record<string, { responses: Record<string, { content: object }>; security: object[] }>
  >;
  assert.ok(Object.keys(paths).length >= 28);
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, { responses, security }] of Object.entries(operations)) {
      for (const [status, { content }] of Object.entries(responses)) {
        const type = Number(status) >= 400 ? 'application/problem+json' : 'application/json';
        assert.deepEqual(Object.keys(content), [type], `${method} ${path} ${status}`);
      }
      const open = ['/v1/health', '/v1/ready', '/v1/auth/sign-in', '/v1/auth/link'].includes(path);
      assert.deepEqual(security, open ? [] : [{ token: [] }], path);
    }
  }
  const text = JSON.stringify(body);
  const known = new Set(Object.keys((body['components'] as { schemas: object }).schemas));
  for (const [, name] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) assert.ok(known.has(String(name)), name);
});
