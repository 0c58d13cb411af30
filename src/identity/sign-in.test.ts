import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Pool } from 'pg';
// The database under test is the embedded one: a test may stand on more than its folder.
import { migrate, openPool, readConfig, startHost, type Host } from '../host/index.ts';
import { newId, type PersonId } from '../vocabulary/index.ts';
import { createSignIn, type SignIn } from './index.ts';

const PASSWORD = 'four unrelated words together';
const dataDir = mkdtempSync(join(tmpdir(), 'reeve-sign-in-'));
let host: Host;
let pool: Pool;
let signIn: SignIn;
let time = 1_800_000_000_000;
const person: PersonId = newId('person');

before(
  async () => {
    host = await startHost(readConfig({}, { dataDir, port: 0 }));
    await migrate(host.databaseUrl);
    pool = openPool(host.databaseUrl);
    signIn = createSignIn({ pool, secret: 'a'.repeat(64), now: () => time });
  },
  { timeout: 60_000 },
);
after(async () => {
  await pool?.end();
  await host?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const none = () => new Headers();
const withCookies = (cookies: readonly string[]) =>
  new Headers({ cookie: cookies.map((cookie) => cookie.split(';')[0]).join('; ') });
const unauthorized = { name: 'Misuse', code: 'unauthorized' };

/** All that the schema of identity holds, as text. */
async function dump(): Promise<string> {
  const parts: string[] = [];
  for (const table of ['account', 'session', 'credential', 'verification', 'token_use']) {
    const { rows } = await pool.query(`select * from reeve_identity.${table}`);
    parts.push(JSON.stringify(rows));
  }
  return parts.join('\n');
}

test('a sign-in link opens one session, once, and neither link nor session is in clear in the database', async () => {
  const account = await signIn.accountFor(person, 'Ada', 'ada@example.org');
  assert.equal(await signIn.accountFor(person, 'Ada', 'ada@example.org'), account);
  await assert.rejects(signIn.accountFor(newId('person'), 'Eve', 'ada@example.org'), { code: 'bad-request' });

  const link = await signIn.makeLink(person, 'ada@example.org');
  assert.match(link, /^[A-Za-z]{32}$/);
  assert.ok(!(await dump()).includes(link));
  const tries = await Promise.allSettled(Array.from({ length: 4 }, () => signIn.byLink(link, none())));
  const [opened] = tries.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  assert.equal(tries.filter(({ status }) => status === 'fulfilled').length, 1, 'however many try at once');
  assert.ok(opened !== undefined);
  for (const cookie of opened) assert.match(cookie, /^reeve\.[a-z_]+=.*; Path=\/; HttpOnly; SameSite=Strict/);

  const found = await signIn.sessionOf(withCookies(opened));
  assert.deepEqual([found?.account, found?.person], [account, person]);
  const [, token = ''] = /session_token=([^.;%]+)/.exec(opened.join()) ?? [];
  assert.ok(token.length >= 32);
  assert.ok(!(await dump()).includes(token), 'a copy of the database signs nobody in');
  // What lies in the database is no cookie.
  const { rows } = await pool.query<{ token: string }>('select token from reeve_identity.session');
  for (const { token: hash } of rows) {
    const forged: string = opened.join('; ').replace(token, hash);
    assert.equal(await signIn.sessionOf(new Headers({ cookie: forged.split(';')[0] ?? '' })), null);
  }
});

test('nobody is given a link to an account that is somebody else’s, whatever address stands beside their name', async () => {
  await assert.rejects(signIn.makeLink(newId('person'), 'ada@example.org'), { code: 'bad-request' });
});

test('a link does not hold for ever, nor for somebody who has no account', async () => {
  const link = await signIn.makeLink(person, 'ada@example.org');
  await pool.query(`update reeve_identity.verification set expires_at = now() - interval '1 second'`);
  await assert.rejects(signIn.byLink(link, none()), unauthorized);
  await assert.rejects(signIn.makeLink(person, 'stranger@example.org'), { code: 'bad-request' });
  await assert.rejects(signIn.byLink('x'.repeat(32), none()), unauthorized);
  assert.ok(!(await dump()).includes('stranger@example.org'), 'nobody signs up');
});

test('a password is set in a session, is no weak one, and then opens sessions; another one ends the others', async () => {
  time += 600_000;
  const session = withCookies(await signIn.byLink(await signIn.makeLink(person, 'ada@example.org'), none()));
  for (const weak of ['short', 'aaaaaaaaaaaaaaaaaaaaaaa', 'ada@example.org and more', 'x'.repeat(201)]) {
    await assert.rejects(signIn.setPassword({ next: weak, current: null }, session), { code: 'bad-request' }, weak);
  }
  await assert.rejects(signIn.setPassword({ next: PASSWORD, current: null }, none()), unauthorized);
  await signIn.setPassword({ next: PASSWORD, current: null }, session);
  await assert.rejects(signIn.setPassword({ next: `${PASSWORD}!`, current: null }, session), unauthorized);
  await assert.rejects(signIn.setPassword({ next: `${PASSWORD}!`, current: 'wrong but long' }, session), unauthorized);

  const second = withCookies(await signIn.byPassword('ada@example.org', PASSWORD, none()));
  assert.ok((await signIn.sessionOf(second)) !== null);
  assert.ok(!(await dump()).includes(PASSWORD));
  const next = withCookies(await signIn.setPassword({ next: `${PASSWORD}!`, current: PASSWORD }, second));
  assert.ok(!(await dump()).includes(/session_token=([^.;%]+)/.exec(next.get('cookie') ?? '')?.[1] ?? 'there is one'));
  assert.equal(await signIn.sessionOf(session), null, 'the others end');
  assert.ok((await signIn.sessionOf(next)) !== null);
  await assert.rejects(signIn.byPassword('ada@example.org', PASSWORD, none()), unauthorized);

  await signIn.out(next);
  assert.equal(await signIn.sessionOf(next), null);
});

test('who guesses is held back, for the account and in all, and the right one has to wait too', async () => {
  time += 600_000;
  for (let n = 0; n < 5; n++)
    await assert.rejects(signIn.byPassword('ada@example.org', `wrong ${n}`, none()), unauthorized);
  const held = { name: 'RetryLater', code: 'too-many-attempts' };
  await assert.rejects(signIn.byPassword('ada@example.org', `${PASSWORD}!`, none()), held);
  await assert.rejects(signIn.byPassword('nobody@example.org', 'x', none()), unauthorized, 'others are not');
  time += 300_001;
  assert.ok((await signIn.byPassword('ada@example.org', `${PASSWORD}!`, none())).length > 0);
  const many = await Promise.allSettled(
    Array.from({ length: 40 }, (_, n) => signIn.byPassword(`n${n}@example.org`, 'x', none())),
  );
  const codes = many.map((one) => (one.status === 'rejected' ? (one.reason as { code: string }).code : 'in'));
  assert.equal(codes.filter((code) => code === 'unauthorized').length, 30);
  assert.equal(codes.filter((code) => code === 'too-many-attempts').length, 10);
});

test('an account begins anew: no session and no password of before holds', async () => {
  time += 600_000;
  const session = withCookies(await signIn.byLink(await signIn.makeLink(person, 'ada@example.org'), none()));
  const found = await signIn.sessionOf(session);
  await signIn.beginAnew([found?.account ?? '']);
  assert.equal(await signIn.sessionOf(session), null);
  await assert.rejects(signIn.byPassword('ada@example.org', `${PASSWORD}!`, none()), unauthorized);
  assert.ok((await signIn.byLink(await signIn.makeLink(person, 'ada@example.org'), none())).length > 0);
});
