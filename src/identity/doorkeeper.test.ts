import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { newId, type Document, type DocumentKind } from '../vocabulary/index.ts';
import { createDoorkeeper, hashOf, newTokenText, tokenIdOf, type Doorkeeper, type SessionOnRecord } from './index.ts';

const person = newId('person');
const TEXT = newTokenText();
let documents: Map<string, Document>;
let session: SessionOnRecord | null;
let asked: number;
let used: string[];
let time: number;
let doorkeeper: Doorkeeper;

function put(kind: DocumentKind, id: string, state: string, content: object): void {
  documents.set(`${kind} ${id}`, { kind, id, rev: 1, tenant: 'platform', state, dueAt: null, content });
}
const personIs = (more: object = {}, state = 'active') =>
  put('person', person, state, {
    name: 'Ada',
    email: '',
    teams: [],
    grants: [{ tenant: '*', role: 'viewer', as: null }],
    accounts: ['acc'],
    sameAs: null,
    since: null,
    link: null,
    ...more,
  });
const tokenIs = (more: object = {}, state = 'in-force') =>
  put('token', tokenIdOf(TEXT), state, {
    person,
    name: 'ci',
    hash: hashOf(TEXT),
    scopes: ['record.read'],
    madeAt: 500,
    expiresAt: 1_000_000,
    ...more,
  });

beforeEach(() => {
  documents = new Map();
  [session, asked, used, time] = [{ id: 's', account: 'acc', person, createdAt: 500 }, 0, [], 1_000];
  personIs();
  tokenIs();
  doorkeeper = createDoorkeeper({
    find: <D>(kind: DocumentKind, id: string) => {
      asked += 1;
      return Promise.resolve((documents.get(`${kind} ${id}`) ?? null) as Document<D> | null);
    },
    signIn: { sessionOf: () => Promise.resolve(session) },
    onUse: (token) => Promise.resolve(void used.push(token)),
    onTrouble: () => assert.fail(),
    now: () => time,
  });
});

const cookies = new Headers({ cookie: 'a=b; reeve.session_token=x.y; c=d' });

test('a token comes in as its person, with its scopes, and is known for five seconds at most', async () => {
  const found = await doorkeeper.ofToken(TEXT);
  assert.deepEqual([found?.person, found?.scopes, found?.via], [person, ['record.read'], 'token']);
  assert.deepEqual(used, [tokenIdOf(TEXT)]);
  const before = asked;
  await doorkeeper.ofToken(TEXT);
  assert.equal(asked, before, 'known');
  tokenIs({}, 'revoked');
  time += 5_000;
  assert.equal(await doorkeeper.ofToken(TEXT), null);
  assert.equal(used.length, 1, 'once a minute');
});

test('whoever was changed is forgotten at once, also while they are asked for', async () => {
  assert.ok((await doorkeeper.ofToken(TEXT)) !== null);
  personIs({}, 'gone');
  doorkeeper.forget();
  assert.equal(await doorkeeper.ofToken(TEXT), null);
  personIs();
  const asking = doorkeeper.ofToken(TEXT);
  doorkeeper.forget();
  await asking;
  personIs({}, 'gone');
  assert.equal(await doorkeeper.ofToken(TEXT), null, 'what was read before is not kept');
});

test('a token does not come in when it is over, revoked, of nobody, or from before its person began anew', async () => {
  const cases: (() => void)[] = [
    () => tokenIs({ expiresAt: 1_000 }),
    () => tokenIs({}, 'revoked'),
    () => tokenIs({ hash: hashOf(newTokenText()) }),
    () => personIs({}, 'gone'),
    () => personIs({}, 'linked'),
    () => personIs({ since: 501 }),
    () => documents.clear(),
  ];
  for (const [index, change] of cases.entries()) {
    tokenIs();
    personIs();
    change();
    doorkeeper.forget();
    assert.equal(await doorkeeper.ofToken(TEXT), null, `case ${index}`);
  }
  for (const text of ['', 'reeve_', TEXT.toUpperCase(), `${TEXT}0`]) assert.equal(await doorkeeper.ofToken(text), null);
});

test('a session comes in as whoever its account belongs to now', async () => {
  assert.equal((await doorkeeper.ofSession(cookies))?.person, person);
  assert.equal(await doorkeeper.ofSession(new Headers({ cookie: 'other=x' })), null);
  const other = newId('person');
  const known = documents.get(`person ${person}`)?.content as object;
  put('person', other, 'active', { ...known, accounts: ['acc', 'acc-2'] });
  personIs({ sameAs: other, accounts: [] }, 'linked');
  doorkeeper.forget();
  assert.equal((await doorkeeper.ofSession(cookies))?.person, other);
  put('person', other, 'active', { ...known, accounts: ['acc-2'] });
  doorkeeper.forget();
  assert.equal(await doorkeeper.ofSession(cookies), null, 'an account that nobody has on record');
  personIs({ since: 501 });
  doorkeeper.forget();
  assert.equal(await doorkeeper.ofSession(cookies), null);
  [session, documents] = [null, new Map()];
  doorkeeper.forget();
  assert.equal(await doorkeeper.ofSession(cookies), null);
});

test('who tries many tokens is held back, and the right one is let in all the same', async () => {
  for (let n = 0; n < 100; n++) assert.equal(await doorkeeper.ofToken(newTokenText()), null);
  await assert.rejects(doorkeeper.ofToken(newTokenText()), { name: 'RetryLater', code: 'too-many-attempts' });
  await assert.rejects(doorkeeper.ofToken('x'), { code: 'too-many-attempts' });
  assert.ok((await doorkeeper.ofToken(TEXT)) !== null);
  time += 10_001;
  assert.equal(await doorkeeper.ofToken(newTokenText()), null);
});
