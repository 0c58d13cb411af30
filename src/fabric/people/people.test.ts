import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  grantsOfFirst,
  LOCAL_ADMINISTRATOR,
  principalOf,
  type Person,
  type TokenOnRecord,
} from '../../identity/index.ts';
import { handMovedClock } from '../../testing/index.ts';
import {
  isFault,
  may,
  newId,
  type MotionId,
  type PersonId,
  type Principal,
  type Right,
  type Role,
  type RoleGrant,
  type TenantId,
} from '../../vocabulary/index.ts';
import { memoryDesk } from '../memory-desk.ts';
import { createMotions } from '../motions.ts';
import { MODE_ID, type Mode } from './people-rows.ts';
import { putFirstPersonOnRecord } from './first-person.ts';
import { createPeople } from './people.ts';
import { personKinds } from './person-kinds.ts';

const REASON = 'test';
const everywhere = (role: Role, as: string | null = null): RoleGrant => ({ tenant: '*', role, as });

async function installation() {
  const desk = memoryDesk();
  const clock = handMovedClock();
  let single = false;
  const reload = async () => {
    single = (await desk.documents.find<Mode>('mode', MODE_ID))?.content.single === true;
  };
  await putFirstPersonOnRecord(desk, 'account-0', ['treasury']);
  await reload();
  const common = { documents: desk.documents, writer: desk.writer, clock, isSingle: () => single, onChanged() {} };
  const motions = createMotions({ ...common, kinds: personKinds(common), singleDelayMs: 60_000, reload });
  const people = createPeople(common);
  const find = (id: PersonId) => desk.documents.find<Person>('person', id);
  const as = async (id: PersonId, scopes: readonly Right[] | null = null, credential = 'x'): Promise<Principal> => {
    const document = await find(id);
    const principal =
      document && principalOf(document, { via: scopes === null ? 'session' : 'token', scopes, credential });
    assert.ok(principal, `${id} is active`);
    return principal;
  };
  const first = () => as(LOCAL_ADMINISTRATOR);
  const propose = async (by: Principal, kind: string, body: object) => motions.propose(by, kind, body, REASON);
  const sweep = async () => {
    for (const document of await desk.documents.due(clock.now(), 100)) await motions.due(document);
  };
  const later = async (ms: number) => {
    clock.advance(ms);
    await sweep();
  };
  let count = 0;
  const add = async (by: Principal, tenants: readonly string[] = ['*']): Promise<PersonId> => {
    const person = newId('person', clock.now());
    const name = `p${count++}`;
    const body = { person, account: `account-${name}`, name, email: `${name}@example.org`, tenants };
    assert.equal((await propose(by, 'person.add', body)).state, 'carried');
    return person;
  };
  const grant = (by: Principal, person: PersonId, wanted: RoleGrant) =>
    propose(by, 'person.grant', { person, grant: wanted });
  return { desk, clock, motions, people, find, as, first, propose, later, add, grant, isSingle: () => single };
}

/** An installation with two administrators, so that the single-operator mode is over. */
async function ofTwo() {
  const world = await installation();
  const second = await world.add(await world.first());
  await world.grant(await world.first(), second, everywhere('administrator'));
  await world.later(60_000);
  assert.equal(world.isSingle(), false);
  return { ...world, second };
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'done';
  } catch (error) {
    return isFault(error) ? error.code : String(error);
  }
}

test('a first start makes one person who may everything, and the mode; another start makes nothing', async () => {
  const { desk, find, isSingle, first } = await installation();
  assert.equal(isSingle(), true);
  const before = desk.entries.length;
  await putFirstPersonOnRecord(desk, 'account-1', ['other']);
  assert.equal(desk.entries.length, before);
  const person = await find(LOCAL_ADMINISTRATOR);
  assert.deepEqual(person?.content.grants, grantsOfFirst(['treasury']));
  for (const right of ['people.manage', 'stop', 'approvals.answer', 'ledger.export', 'policies.draft'] as const) {
    assert.ok(may(await first(), right, '*'), right);
  }
});

test('one administrator adds a viewer, and takes away; whoever decides takes two', async () => {
  const { add, first, grant, motions, as, second, find, propose } = await ofTwo();
  const viewer = await add(await first(), ['north']);
  assert.equal(
    (await grant(await first(), viewer, { tenant: 'south' as TenantId, role: 'viewer', as: null })).state,
    'carried',
  );
  for (const wanted of [
    everywhere('operator'),
    everywhere('auditor'),
    everywhere('policy-author'),
    everywhere('administrator'),
    everywhere('approver', 'treasury'),
    { tenant: 'north' as TenantId, role: 'operator', as: null } as const,
  ]) {
    const motion = await grant(await first(), viewer, wanted);
    assert.equal(motion.state, 'proposed', wanted.role);
    assert.equal(await codeOf(motions.second(await first(), motion.id)), 'needs-second-person');
    assert.equal(await codeOf(motions.second(await as(viewer), motion.id)), 'forbidden', 'not by the one it makes');
    assert.equal(
      (await find(viewer))?.content.grants.some(({ role }) => role !== 'viewer'),
      false,
    );
    await motions.withdraw(await first(), motion.id, REASON);
  }
  const motion = await grant(await first(), viewer, everywhere('operator'));
  assert.equal((await motions.second(await as(second), motion.id)).state, 'carried');
  assert.ok(may(await as(viewer), 'stop', '*'));
  assert.equal(
    (await propose(await first(), 'person.revoke', { person: viewer, grant: everywhere('operator') })).state,
    'carried',
  );
  assert.ok(!may(await as(viewer), 'stop', '*'));
  assert.equal(await codeOf(propose(await as(viewer), 'person.remove', { person: viewer })), 'forbidden');
});

test('an administrator of one tenant manages people there and nowhere else', async () => {
  const { add, first, grant, motions, as, second } = await ofTwo();
  const north = await add(await first(), ['north']);
  const local = { tenant: 'north' as TenantId, role: 'administrator', as: null } as const;
  await motions.second(await as(second), (await grant(await first(), north, local)).id);
  const viewer = await add(await as(north), ['north']);
  assert.equal((await grant(await as(north), viewer, { ...local, role: 'operator' })).state, 'proposed');
  for (const tenant of ['south', '*'] as const) {
    const wanted = { tenant: tenant as TenantId | '*', role: 'viewer', as: null } as const;
    assert.equal(await codeOf(grant(await as(north), viewer, wanted)), 'forbidden', tenant);
  }
  assert.equal(await codeOf(add(await as(north), ['south'])), 'forbidden');
});

test('the single-operator mode takes time instead of a second person, and ends for good with the second administrator', async () => {
  const { add, first, grant, later, isSingle, find, desk, propose, as } = await installation();
  const other = await add(await first());
  const tenantOnly = { tenant: 'north' as TenantId, role: 'administrator', as: null } as const;
  assert.equal(await codeOf(grant(await first(), other, tenantOnly)), 'bad-request', 'the second one is for all');
  await grant(await first(), other, everywhere('administrator'));
  await later(59_999);
  assert.equal(isSingle(), true);
  assert.ok(!may(await as(other), 'people.manage', '*'));
  // A motion of before does not go on without a second person.
  const waiting = await grant(await first(), other, everywhere('operator'));
  await later(1);
  assert.equal(isSingle(), false);
  assert.ok(may(await as(other), 'people.manage', '*'));
  const ended = desk.entries.filter(({ kind }) => kind === 'mode.changed').at(-1);
  assert.deepEqual([(ended?.body as { single: boolean } | undefined)?.single, ended?.tenant], [false, 'platform']);
  await later(120_000);
  assert.equal((await desk.documents.find('motion', waiting.id))?.state, 'lapsed');
  // Neither taking people away nor another start brings the mode back.
  assert.equal(await codeOf(propose(await first(), 'person.remove', { person: other })), 'bad-request');
  assert.equal(
    await codeOf(
      propose(await as(other), 'person.revoke', { person: LOCAL_ADMINISTRATOR, grant: everywhere('administrator') }),
    ),
    'bad-request',
  );
  await putFirstPersonOnRecord(desk, 'account-1', []);
  assert.equal((await desk.documents.find<Mode>('mode', MODE_ID))?.content.single, false);
  assert.equal((await find(other))?.state, 'active');
});

test('whoever only looked begins anew when they are to decide, and one of the two makes their link, once', async () => {
  const { add, first, grant, motions, as, second, people, find, clock } = await ofTwo();
  const viewer = await add(await first());
  const stolen = await people.makeToken(await as(viewer), { name: 'x', scopes: null, expiresAt: clock.now() + 1e6 });
  clock.advance(1);
  const motion = await grant(await first(), viewer, everywhere('approver', 'treasury'));
  await motions.second(await as(second), motion.id);
  const since = (await find(viewer))?.content.since ?? null;
  assert.ok(since !== null && stolen.token.content.madeAt < since, 'what was made before does not hold');
  const third = await add(await first());
  assert.equal(await codeOf(people.useLink(await as(third), viewer)), 'forbidden');
  assert.equal(await codeOf(people.useLink(await as(second), viewer)), 'done');
  assert.equal(await codeOf(people.useLink(await first(), viewer)), 'needs-second-person', 'once');
  // From then on another link takes two again.
  const wanted = await motions.propose(await first(), 'person.sign-in-link', { person: viewer }, REASON);
  assert.equal(wanted.state, 'proposed');
  assert.equal(await codeOf(people.useLink(await first(), viewer)), 'needs-second-person');
  await motions.second(await as(second), wanted.id);
  clock.advance(7 * 86_400_000 + 1);
  assert.equal(await codeOf(people.useLink(await first(), viewer)), 'needs-second-person', 'not for ever');
  // Another role of somebody who decides already changes nothing about how they come in.
  await motions.second(await as(second), (await grant(await first(), viewer, everywhere('auditor'))).id);
  assert.equal((await find(viewer))?.content.since, since);
});

test('two people who are one human count once: the accounts of both come in as the first', async () => {
  const { add, first, motions, as, second, find, propose } = await ofTwo();
  const [one, two] = [await add(await first()), await add(await first())];
  const motion = await propose(await first(), 'person.link', { person: one, other: two });
  assert.equal(motion.state, 'proposed');
  await motions.second(await as(second), motion.id);
  const [left, gone] = [await find(one), await find(two)];
  assert.equal(left?.content.accounts.length, 2);
  assert.deepEqual(
    [gone?.state, gone?.content.sameAs, gone?.content.grants, gone?.content.accounts],
    ['linked', one, [], []],
  );
  assert.equal(await codeOf(propose(await first(), 'person.link', { person: one, other: one })), 'bad-request');
  assert.equal(
    await codeOf(propose(await first(), 'person.link', { person: LOCAL_ADMINISTRATOR, other: second })),
    'bad-request',
  );
});

test('a token may what its person may, or less, and what it makes may not more than it, nor longer', async () => {
  const { first, people, clock, desk, as, add, isSingle } = await installation();
  assert.equal(isSingle(), true);
  const now = clock.now();
  const made = await people.makeToken(await first(), { name: 'ci', scopes: ['self', 'stop'], expiresAt: now + 1_000 });
  assert.ok(!JSON.stringify(desk.entries).includes(made.text.slice(6)), 'no token on record');
  assert.ok(!JSON.stringify(await desk.documents.list('token')).includes(made.text.slice(6)));
  const narrow = await as(LOCAL_ADMINISTRATOR, ['self', 'stop'], made.token.id);
  const wish = (scopes: readonly Right[] | null, ms: number) => ({ name: 'x', scopes, expiresAt: now + ms });
  assert.equal(await codeOf(people.makeToken(narrow, wish(['people.manage'], 500))), 'forbidden');
  assert.equal(await codeOf(people.makeToken(narrow, wish(['stop'], 1_001))), 'forbidden');
  const child = await people.makeToken(narrow, wish(null, 500));
  assert.deepEqual(child.token.content.scopes, ['self', 'stop'], 'null is not more than the one that asks has');
  assert.equal(await codeOf(people.useLink(narrow, LOCAL_ADMINISTRATOR)), 'forbidden', 'no way to a session');
  assert.equal(await codeOf(people.useLink(await first(), LOCAL_ADMINISTRATOR)), 'done');
  for (const ms of [0, -1, 367 * 86_400_000])
    assert.equal(await codeOf(people.makeToken(await first(), wish(null, ms))), 'bad-request');

  const viewer = await add(await first());
  assert.equal(await codeOf(people.makeToken(await as(viewer), wish(['stop'], 500))), 'forbidden');
  const own = await people.makeToken(await as(viewer), wish(null, 500));
  const foreign = await codeOf(people.revokeToken(await as(viewer), made.token.id));
  assert.equal(foreign, 'not-found');
  assert.equal((await people.revokeToken(await first(), own.token.id)).state, 'revoked');
  assert.equal((await desk.documents.find<TokenOnRecord>('token', own.token.id))?.state, 'revoked');
  assert.deepEqual(
    (await people.tokens(viewer)).map(({ id }) => id),
    [own.token.id],
  );
});

test('the token of the installation is renewed, and stays revoked when it was', async () => {
  const { first, people, clock, desk } = await installation();
  const text = `reeve_${'a'.repeat(64)}`;
  assert.equal(await people.keepInstallationToken(text), true);
  const entries = desk.entries.length;
  assert.equal(await people.keepInstallationToken(text), true);
  assert.equal(desk.entries.length, entries, 'not at every start');
  clock.advance(200 * 86_400_000);
  assert.equal(await people.keepInstallationToken(text), true);
  const [token] = await people.tokens(LOCAL_ADMINISTRATOR);
  assert.ok((token?.content.expiresAt ?? 0) > clock.now() + 300 * 86_400_000);
  await people.revokeToken(await first(), token?.id ?? '');
  assert.equal(await people.keepInstallationToken(text), false);
});

test('no-one-alone: whatever one administrator does by themselves, nobody else decides anything, and two are left', async () => {
  const roles = ['viewer', 'approver', 'policy-author', 'operator', 'auditor', 'administrator'] as const;
  const kinds = [
    'person.grant',
    'person.revoke',
    'person.remove',
    'person.link',
    'person.teams',
    'person.sign-in-link',
  ] as const;
  const step = fc.record({
    kind: fc.constantFrom(...kinds),
    of: fc.nat(3),
    other: fc.nat(3),
    role: fc.constantFrom(...roles),
    tenant: fc.constantFrom('*', 'north'),
    by: fc.constantFrom('evil', 'puppet'),
    next: fc.constantFrom('nothing', 'second by evil', 'second by puppet', 'wait'),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      const { first, add, as, motions, later, find, desk } = await ofTwo();
      const puppet = await add(await first());
      const [second] = [...(await desk.documents.list<Person>('person'))].filter(
        ({ id }) => id !== LOCAL_ADMINISTRATOR && id !== puppet,
      );
      const ids = [LOCAL_ADMINISTRATOR, second?.id as PersonId, puppet, await add(await first())];
      for (const { kind, of, other, role, tenant, by, next } of steps) {
        const [person, otherPerson] = [ids[of], ids[other]];
        const wanted = { tenant, role, as: role === 'approver' ? 'treasury' : null };
        const bodies = {
          'person.grant': { person, grant: wanted },
          'person.revoke': { person, grant: wanted },
          'person.remove': { person },
          'person.link': { person, other: otherPerson },
          'person.teams': { person, teams: ['treasury'] },
          'person.sign-in-link': { person },
        };
        let motion: MotionId | null = null;
        try {
          const asker = await as(by === 'evil' ? LOCAL_ADMINISTRATOR : puppet);
          motion = (await motions.propose(asker, kind, bodies[kind], REASON)).id;
          if (next === 'second by evil') await motions.second(await first(), motion);
          if (next === 'second by puppet') await motions.second(await as(puppet), motion);
        } catch (error) {
          if (!isFault(error) && !(error instanceof assert.AssertionError)) throw error;
        }
        if (next === 'wait') await later(8 * 86_400_000);
      }
      for (const id of [puppet, ids[3] as PersonId]) {
        const { content } = (await find(id)) ?? assert.fail();
        assert.ok(
          content.grants.every(({ role }) => role === 'viewer'),
          'nobody was made to decide',
        );
      }
      const people = await desk.documents.list<Person>('person', { state: 'active' });
      const administrators = people.filter(({ content }) =>
        content.grants.some(({ role }) => role === 'administrator'),
      );
      assert.ok(administrators.length >= 2);
    }),
    { numRuns: 150 },
  );
});

test('no-one-alone: nobody is added with the address or the account of somebody who is there', async () => {
  // A link for the added person would otherwise open a session of the other one.
  const { first, find, propose, second } = await ofTwo();
  const { email, accounts } = (await find(second))!.content;
  const made = { person: newId('person'), name: 'made', account: 'made', email: 'made@example.org' };
  for (const taken of [{ email }, { account: accounts[0] }]) {
    assert.equal(await codeOf(propose(await first(), 'person.add', { ...made, ...taken })), 'bad-request');
  }
  assert.equal((await propose(await first(), 'person.add', made)).state, 'carried');
});

test('no-one-alone: what somebody proposed who has left, or may not any more, is not carried out by one', async () => {
  const { first, as, add, grant, propose, motions, second } = await ofTwo();
  const third = await add(await first());
  const { id } = await grant(await first(), third, everywhere('administrator'));
  await motions.second(await as(second), id);
  for (const gone of ['person.revoke', 'person.remove']) {
    const fourth = await add(await first());
    const made = await grant(await first(), fourth, everywhere('administrator'));
    await motions.second(await as(second), made.id);
    const wish = await grant(await as(fourth), await add(await first()), everywhere('operator'));
    const body = gone === 'person.remove' ? { person: fourth } : { person: fourth, grant: everywhere('administrator') };
    assert.equal((await propose(await as(second), gone, body)).state, 'carried');
    assert.equal(await codeOf(motions.second(await as(second), wish.id)), 'forbidden', gone);
  }
});
