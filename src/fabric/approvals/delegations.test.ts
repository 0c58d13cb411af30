import assert from 'node:assert/strict';
import { test } from 'node:test';
import { handMovedClock } from '../../testing/index.ts';
import { newId, type PersonId, type Principal, type RoleGrant, type TenantId } from '../../vocabulary/index.ts';
import { memoryDesk } from '../memory-desk.ts';
import { createDelegations } from './delegations.ts';

const NORTH = 'north' as TenantId;
const DAY = 86_400_000;

function someone(name: string, ...grants: RoleGrant[]): Principal {
  return { person: newId('person'), name, teams: [name], grants, via: 'session', scopes: null, credential: name };
}
const as = (name: string): RoleGrant => ({ tenant: NORTH, role: 'approver', as: name });

function world(...people: Principal[]) {
  const desk = memoryDesk();
  const clock = handMovedClock();
  const known = new Map(people.map((one) => [one.person, one]));
  const delegations = createDelegations({
    documents: desk.documents,
    writer: desk.writer,
    clock,
    peopleOf: async (ids) => new Map(ids.flatMap((id) => (known.has(id) ? [[id, known.get(id) as Principal]] : []))),
  });
  const lend = (by: Principal, to: Principal, more: { names?: string[]; days?: number } = {}) =>
    delegations.lend(by, {
      to: to.person,
      tenant: NORTH,
      until: clock.now() + (more.days ?? 7) * DAY,
      reason: 'leave',
      ...(more.names && { names: more.names }),
    });
  const sweep = async () => {
    for (const one of await desk.documents.due(clock.now(), 100)) await delegations.due(one);
  };
  return { desk, clock, known, delegations, lend, sweep };
}

test('what is lent counts while it runs and while the lender bears it, and ends on record', async () => {
  const [maria, dirk] = [someone('Maria', as('controller')), someone('Dirk', as('petty-cash'))];
  const { desk, clock, known, delegations, lend, sweep } = world(maria, dirk);
  const made = await lend(maria, dirk);
  const [lent] = await delegations.lentTo(dirk.person, NORTH);
  assert.deepEqual([lent?.person, lent?.names, lent?.teams], [maria.person, ['controller'], ['Maria']]);
  assert.deepEqual(await delegations.lentTo(dirk.person, 'south' as TenantId), []);
  assert.deepEqual(await delegations.namesLentTo(dirk.person), ['controller']);
  known.set(maria.person, { ...maria, grants: [] });
  assert.deepEqual(await delegations.lentTo(dirk.person, NORTH), [], 'a delegation ends with the name');
  known.delete(maria.person);
  assert.deepEqual(await delegations.lentTo(dirk.person, NORTH), [], 'and with the person');
  known.set(maria.person, maria);
  clock.advance(7 * DAY);
  assert.deepEqual(await delegations.lentTo(dirk.person, NORTH), [], 'at once, whether or not it was swept');
  await sweep();
  await sweep();
  const states = desk.entries.map(({ body }) => (body as { state: string }).state);
  assert.deepEqual(states, ['in-force', 'over']);
  await assert.rejects(delegations.revoke(maria, made.id, 'late'), { code: 'already-answered' });
});

test('two who lend to each other at once do not both succeed', async () => {
  const [maria, nils] = [someone('Maria', as('controller')), someone('Nils', as('controller'))];
  const { lend } = world(maria, nils);
  const both = await Promise.allSettled([lend(maria, nils), lend(nils, maria)]);
  assert.deepEqual(
    both.map(({ status }) => status),
    ['fulfilled', 'rejected'],
  );
});

test('nobody lends what they do not bear, to nobody, or to one who may answer nothing', async () => {
  const maria = someone('Maria', as('controller'));
  const viewer = someone('Vera', { tenant: NORTH, role: 'viewer', as: null });
  const dirk = someone('Dirk', as('petty-cash'));
  const { lend } = world(maria, viewer, dirk);
  await assert.rejects(lend(maria, dirk, { names: ['chief'] }), { code: 'forbidden' });
  await assert.rejects(lend(maria, dirk, { days: 91 }), { code: 'bad-request' });
  await assert.rejects(lend(maria, viewer), { code: 'bad-request' });
  await assert.rejects(lend(maria, someone('Nobody', as('x'))), { code: 'bad-request' });
  await assert.rejects(lend(viewer, dirk), { code: 'forbidden' });
  await assert.rejects(lend({ ...maria, scopes: ['record.read'] }, dirk), { code: 'forbidden' });
});

test('it is taken back by who lent it, who has it, or who manages people, and for others it is not there', async () => {
  const [maria, dirk] = [someone('Maria', as('controller')), someone('Dirk', as('petty-cash'))];
  const admin = someone('Ada', { tenant: NORTH, role: 'administrator', as: null });
  const other = someone('Olaf', as('controller'));
  const { delegations, lend } = world(maria, dirk, admin, other);
  for (const by of [maria, dirk, admin]) {
    const { id } = await lend(maria, dirk);
    await assert.rejects(delegations.revoke(other, id, 'x'), { code: 'not-found' });
    assert.equal((await delegations.revoke(by, id, 'over')).state, 'revoked');
    assert.deepEqual(await delegations.running(NORTH), []);
  }
  await assert.rejects(delegations.revoke(maria, newId('delegation'), 'x'), { code: 'not-found' });
  assert.deepEqual(await delegations.lentTo(newId('person') as PersonId, NORTH), []);
});
