import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readConfig } from '../../src/host/index.ts';
import { startPlatform, type Platform } from '../../src/platform.ts';
import { RIGHTS_OF, ROLES, type Right, type Role } from '../../src/vocabulary/index.ts';
import { payerOf } from './two-tenants.ts';

// A platform of two tenants, and people in it: one for each role alone, in all tenants and in `north` only. Everybody came in
// as people do: added, given a role by two, signed in by a link, with a token of their own.
const dataDir = mkdtempSync(join(tmpdir(), 'reeve-rights-'));
const OWN = 'north';
const FOREIGN = 'south';
let platform: Platform;
const secrets: string[] = [];
const tokens = new Map<string, string>();
const persons = new Map<string, string>();
/** By tenant, ids of what is there. */
const there = new Map<string, Readonly<Record<string, string>>>();

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly body: Record<string, unknown>;
  readonly headers: Headers;
}

async function ask(token: string | null, method: string, path: string, json?: unknown, more = {}): Promise<Answer> {
  const response = await fetch(platform.url + path, {
    method,
    headers: {
      ...(token !== null && { authorization: `Bearer ${token}` }),
      ...(json !== undefined && { 'content-type': 'application/json' }),
      ...more,
    },
    ...(json !== undefined && { body: JSON.stringify(json) }),
    redirect: 'error',
  });
  const text = await response.text();
  const body = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {};
  return { status: response.status, text, body, headers: response.headers };
}

async function done(token: string, method: string, path: string, json?: unknown): Promise<Record<string, unknown>> {
  const answer = await ask(token, method, path, json);
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text}`);
  return answer.body;
}

async function until<T>(look: () => Promise<T | null | false>, within = 20_000): Promise<T> {
  const end = Date.now() + within;
  for (;;) {
    const found = await look();
    if (found !== null && found !== false) return found;
    if (Date.now() > end) throw new Error(`it did not come about within ${within} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Signs in by a link, as a browser would, and makes a token. */
async function comeIn(link: string): Promise<string> {
  const [, secret = ''] = link.split('#');
  secrets.push(secret);
  const opened = await ask(null, 'POST', '/v1/auth/link', { token: secret }, { origin: platform.url });
  assert.equal(opened.status, 200, opened.text);
  const cookie = opened.headers
    .getSetCookie()
    .map((one) => one.split(';')[0] ?? '')
    .join('; ');
  secrets.push(decodeURIComponent(cookie.split('=')[1] ?? '').split('.')[0] ?? '');
  const made = await ask(null, 'POST', '/v1/tokens', { name: 'test' }, { cookie, origin: platform.url });
  assert.equal(made.status, 201, made.text);
  secrets.push(String(made.body['text']));
  return String(made.body['text']);
}

const admin = () => platform.token.text;
const nameOf = (role: Role, tenant: string) => `${role} of ${tenant === '*' ? 'all' : tenant}`;

/** Makes somebody with one role alone: a motion of the local administrator, which time or `second` carries. */
async function make(role: Role, tenant: string, second: string | null): Promise<void> {
  const name = nameOf(role, tenant);
  const email = `${name.replaceAll(' ', '.')}@example.org`;
  const viewsIn = role === 'viewer' ? [tenant] : [];
  const added = await done(admin(), 'POST', '/v1/people', { name, email, tenants: viewsIn, reason: 'test' });
  const person = String(added['person']);
  persons.set(name, person);
  if (role === 'viewer') {
    tokens.set(name, await comeIn((added['link'] as { path: string }).path));
    return;
  }
  const grant = { tenant, role, as: role === 'approver' ? 'finance-controller' : null };
  const wish = { kind: 'person.grant', body: { person, grant }, reason: 'test' };
  const { id } = (await done(admin(), 'POST', '/v1/motions', wish)) as { id: string };
  if (second !== null) await done(second, 'POST', `/v1/motions/${id}/second`);
  await until(async () => (await done(admin(), 'GET', `/v1/motions/${id}`))['state'] === 'carried');
  const link = await done(admin(), 'POST', `/v1/people/${person}/sign-in-link`);
  tokens.set(name, await comeIn(String(link['path'])));
}

before(
  async () => {
    const config = readConfig({}, { dataDir, port: 0, singleOperatorDelay: 1 });
    platform = await startPlatform({ config, fleets: [payerOf(OWN), payerOf(FOREIGN)] });
    secrets.push(admin());
    // While there is one administrator, time takes the second one's place; the last of these ends that.
    for (const role of ROLES) if (role !== 'administrator') await make(role, '*', null);
    await make('administrator', '*', null);
    const second = tokens.get(nameOf('administrator', '*')) ?? '';
    for (const role of ROLES) await make(role, OWN, second);
    for (const tenant of [OWN, FOREIGN]) there.set(tenant, await fill(tenant));
  },
  { timeout: 120_000 },
);
after(async () => {
  await platform?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** Something of each kind in a tenant. */
async function fill(tenant: string): Promise<Record<string, string>> {
  const events = await Promise.all(
    [50, 50_000].map(async (minor) => {
      const id = `${tenant}-${minor}`;
      const event = {
        specversion: '1.0',
        id,
        source: tenant,
        type: 'bill.received',
        subject: id,
        data: { bill: id, minor },
      };
      const taken = await ask(admin(), 'POST', `/v1/events?tenant=${tenant}`, event, {
        'content-type': 'application/cloudevents+json',
      });
      assert.equal(taken.status, 202, taken.text);
      return taken.body;
    }),
  );
  const grant = { tenant, role: 'operator', as: null };
  const motion = await done(admin(), 'POST', '/v1/motions', {
    kind: 'person.grant',
    body: { person: persons.get(nameOf('viewer', '*')), grant },
    reason: tenant,
  });
  const approval = await until(async () => {
    const { items } = (await done(admin(), 'GET', '/v1/approvals')) as { items: { id: string; tenant: string }[] };
    return items.find((one) => one.tenant === tenant) ?? false;
  });
  const { items: runs } = (await done(admin(), 'GET', `/v1/runs?tenant=${tenant}`)) as { items: { id: string }[] };
  const [event] = events as [{ event: string; seq: number }];
  return {
    '/v1/runs/{id}': runs[0]?.id ?? '',
    '/v1/events/{id}': event.event,
    '/v1/entries/{seq}': String(event.seq),
    '/v1/agents/{name}': `payer.${tenant}`,
    '/v1/motions/{id}': String(motion['id']),
    '/v1/approvals/{id}': approval.id,
    '/v1/tenants/{tenant}': tenant,
  };
}

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly right: Right | null;
}

async function operations(): Promise<readonly Operation[]> {
  const { paths } = (await done(admin(), 'GET', '/v1/openapi.json')) as {
    paths: Record<string, Record<string, { 'x-right'?: Right }>>;
  };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { 'x-right': right }]) => ({
      method: method.toUpperCase(),
      path,
      right: right ?? null,
    })),
  );
}

/** Ids that fit their form, and name nothing. */
const ABSENT: Readonly<Record<string, string>> = {
  '/v1/runs/{id}': `run_${'0'.repeat(32)}`,
  '/v1/events/{id}': `evt_${'0'.repeat(32)}`,
  '/v1/entries/{seq}': '99999999',
  '/v1/agents/{name}': 'payer.nowhere',
  '/v1/motions/{id}': `mot_${'0'.repeat(32)}`,
  '/v1/approvals/{id}': `apr_${'0'.repeat(32)}`,
  '/v1/tenants/{tenant}': 'west',
  '/v1/people/{id}': `per_${'0'.repeat(32)}`,
  '/v1/tokens/{id}': `tok_${'0'.repeat(32)}`,
};

function withId(path: string, ids: Readonly<Record<string, string>>): string | null {
  const [noun] = /^\/v1\/[^/]+\/\{\w+\}/.exec(path) ?? [];
  if (noun === undefined) return path.includes('{') ? null : path;
  const id = ids[noun];
  return id === undefined ? null : path.replace(/\{\w+\}/, id);
}
/** Whoever is let in may look at their own tenant's; all else is not there. */
const absent = (path: string) =>
  withId(path, { ...ABSENT, '/v1/tenants/{tenant}': OWN }) ?? path.replaceAll(/\{\w+\}/g, '0');

/** Those that ask for more than the right that lets one in, each with why. */
const MORE_IS_ASKED: Readonly<Record<string, string>> = {
  'GET /v1/reconciliation': 'it reads the journals of all tenants',
  'POST /v1/auth/sign-out': 'a token has no session',
  'POST /v1/auth/password': 'a token has no session',
  'POST /v1/people/{id}/sign-in-link': 'for anybody but oneself it takes an administrator, and two who wanted it',
  'POST /v1/fences/drill': 'it does what it says: nothing to try here',
};

test('every route but a few open ones asks for a right, and nobody without a credential learns anything', async () => {
  const all = await operations();
  const open = all.filter(({ right }) => right === null).map(({ method, path }) => `${method} ${path}`);
  assert.deepEqual(open.toSorted(), ['GET /v1/health', 'GET /v1/ready', 'POST /v1/auth/link', 'POST /v1/auth/sign-in']);
  for (const { method, path, right } of all) {
    if (right === null) continue;
    const { status, body } = await ask(null, method, absent(path), method === 'POST' ? {} : undefined);
    assert.deepEqual([status, body['code']], [401, 'unauthorized'], `${method} ${path} without a credential`);
  }
});

test('rights-are-a-table: every route, tried by each role alone, lets in whom the table of rights names and nobody else', async () => {
  let refused = 0;
  let letIn = 0;
  for (const { method, path, right } of await operations()) {
    if (right === null) continue;
    for (const role of ROLES) {
      for (const tenant of ['*', OWN]) {
        const name = nameOf(role, tenant);
        const may = (RIGHTS_OF[role] as readonly Right[]).includes(right);
        const said: string = `${method} ${path} (${right}) by ${name}`;
        if (may && `${method} ${path}` in MORE_IS_ASKED) continue;
        // Bad on purpose: whoever is let in learns what is wrong with it, and changes nothing.
        const answer = await ask(
          tokens.get(name) ?? '',
          method,
          absent(path),
          method === 'POST' ? { no: 1 } : undefined,
        );
        assert.notEqual(answer.status, 401, said);
        assert.ok(answer.status < 500, `${said}: ${answer.text}`);
        if (may) {
          assert.notEqual(answer.body['code'], 'forbidden', `${said}: ${answer.text}`);
          letIn += 1;
        } else {
          assert.deepEqual([answer.status, answer.body['code']], [403, 'forbidden'], said);
          refused += 1;
        }
      }
    }
  }
  assert.ok(refused > 150 && letIn > 200, `${refused} ${letIn}`);
});

test('tenants-do-not-meet: with another tenant’s ids every route answers as with ids of nothing', async () => {
  let compared = 0;
  const ids = { ...there.get(FOREIGN), '/v1/people/{id}': persons.get(nameOf('viewer', '*')) ?? '' };
  for (const { method, path, right } of await operations()) {
    if (right === null) continue;
    const [foreign, none] = [withId(path, ids), withId(path, ABSENT)];
    if (foreign === null || none === null || foreign === none) continue;
    for (const role of ROLES) {
      const token = tokens.get(nameOf(role, OWN)) ?? '';
      const json = method === 'POST' ? bodyFor(path) : undefined;
      const one = await ask(token, method, foreign, json);
      const other = await ask(token, method, none, json);
      const idOf = (address: string) => address.split('/')[3] ?? '';
      const plain = (answer: Answer, address: string) => answer.text.replaceAll(idOf(address), 'ID');
      const said = `${method} ${path} by ${role}`;
      assert.deepEqual([one.status, plain(one, foreign)], [other.status, plain(other, none)], said);
      assert.ok(one.status >= 400, said);
      compared += 1;
    }
  }
  assert.ok(compared >= 70, String(compared));
});

/** A body that passes its schema where that is known, so that the id is looked at. */
function bodyFor(path: string): object {
  if (path.endsWith('/withdraw')) return { reason: 'test' };
  if (path === '/v1/approvals/{id}/answer') return { answer: 'decline', reason: 'test' };
  if (path.endsWith('/lower')) return { level: 'L0', reason: 'test' };
  return {};
}

test('one’s own ids are answered, so that the comparison above means something', async () => {
  const token = tokens.get(nameOf('viewer', OWN)) ?? '';
  for (const [path, id] of Object.entries(there.get(OWN) ?? {})) {
    if (path.startsWith('/v1/tenants')) continue;
    const { status, text } = await ask(token, 'GET', path.replace(/\{\w+\}/, id));
    assert.equal(status, 200, `${path}: ${text}`);
  }
});

test('tenants-do-not-meet: nothing that anybody of one tenant can list names the other', async () => {
  for (const { method, path } of await operations()) {
    if (method !== 'GET' || path.includes('{') || path === '/v1/openapi.json') continue;
    for (const role of ROLES) {
      const { status, text } = await ask(tokens.get(nameOf(role, OWN)) ?? '', 'GET', path);
      if (status !== 200) continue;
      assert.ok(!text.includes(FOREIGN), `${path} by ${role}: ${text.slice(0, 2_000)}`);
    }
    const { status, text } = await ask(tokens.get(nameOf('administrator', '*')) ?? '', 'GET', path);
    if (['/v1/runs', '/v1/approvals', '/v1/agents', '/v1/entries', '/v1/motions'].includes(path)) {
      assert.ok(status === 200 && text.includes(FOREIGN) && text.includes(OWN), `${path}: ${text.slice(0, 200)}`);
    }
  }
});

test('only what is mounted of Better Auth is there', async () => {
  const { api } = await import('better-auth/minimal').then(({ betterAuth }) => betterAuth({ secret: 'x'.repeat(32) }));
  const paths = Object.values(api as unknown as Record<string, { path?: string }>).flatMap(({ path }) => path ?? []);
  assert.ok(paths.length > 20);
  for (const path of [...paths, '/sign-in/magic-link', '/magic-link/verify', '/sso/register', '/admin/create-user']) {
    for (const method of ['GET', 'POST']) {
      const address = `/v1/auth${path.replaceAll(/:\w+/g, 'x')}`;
      const answer = await ask(admin(), method, address, method === 'POST' ? {} : undefined);
      if (address === '/v1/auth/sign-out') assert.ok([403, 405].includes(answer.status), `${method} ${address}`);
      else assert.deepEqual([answer.status, answer.body['code']], [404, 'not-found'], `${method} ${address}`);
    }
  }
});

test('a session of somebody who was removed, and their tokens, are over at once', async () => {
  const name = nameOf('operator', '*');
  const token = tokens.get(name) ?? '';
  assert.equal((await ask(token, 'GET', '/v1/me')).status, 200);
  await done(admin(), 'POST', '/v1/motions', {
    kind: 'person.remove',
    body: { person: persons.get(name) },
    reason: 'left',
  });
  assert.equal((await ask(token, 'GET', '/v1/me')).status, 401);
});

test('with two administrators the mode is over, and said so nowhere', async () => {
  const { headers, body } = await ask(admin(), 'GET', '/v1/status');
  assert.deepEqual([headers.get('reeve-mode'), body['mode']], [null, 'several']);
});

test('token-never-leaks: no token, link or session is on record, in a table or in a file but its own', async () => {
  assert.ok(secrets.length > 20 && secrets.every((secret) => secret.length >= 30));
  const { rows } = await platform.pool.query<{ text: string }>(
    `select body as text from reeve.entry union all select content::text from reeve.document
     union all select to_jsonb(s)::text from reeve_identity.session s
     union all select to_jsonb(c)::text from reeve_identity.credential c
     union all select to_jsonb(a)::text from reeve_identity.account a
     union all select to_jsonb(v)::text from reeve_identity.verification v`,
  );
  const all = rows.map(({ text }) => text).join('\n');
  assert.ok(all.length > 10_000);
  for (const [index, secret] of secrets.entries()) assert.ok(!all.includes(secret), `secret ${index}`);
  const files = readdirSync(dataDir, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile() && !/[/]postgres([/]|$)/.test(file.parentPath))
    .map((file) => join(file.parentPath, file.name));
  for (const file of files) {
    const text = readFileSync(file, 'latin1');
    const found = secrets.filter((secret) => text.includes(secret));
    assert.deepEqual(found.length, file === join(dataDir, 'token') ? 1 : 0, file);
  }
});
