import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { z } from 'zod';
import { handMovedClock } from '../testing/index.ts';
import { isFault, newId, type MotionId, type PersonId, type Principal, type RoleGrant } from '../vocabulary/index.ts';
import { memoryDesk } from './memory-desk.ts';
import { createMotions, type MotionKind } from './motions.ts';

const admin: RoleGrant = { tenant: '*', role: 'administrator', as: null };
const viewer: RoleGrant = { tenant: '*', role: 'viewer', as: null };

function person(name: string, ...grants: RoleGrant[]): Principal {
  const id = newId('person');
  return { person: id, name, teams: [], grants, via: 'session', scopes: null, credential: name };
}

function world({ single = false, kinds = [] }: { single?: boolean; kinds?: readonly MotionKind[] } = {}) {
  const desk = memoryDesk();
  const clock = handMovedClock();
  const carried: { what: string; by: readonly PersonId[] }[] = [];
  const weaken: MotionKind<{ what: string; tightens?: boolean | undefined; broken?: boolean | undefined }> = {
    kind: 'test.weaken',
    right: 'policies.enforce',
    schema: z.strictObject({
      what: z.string().min(1),
      tightens: z.boolean().optional(),
      broken: z.boolean().optional(),
    }),
    tenantOf: () => '*',
    says: ({ what }) => `weaken ${what}`,
    needsSecond: ({ tightens }) => tightens !== true,
    carryOut: ({ what }, { by }) => ({
      entries: [
        { kind: 'budget.changed', tenant: 'platform' as never, run: null, agent: null, body: { what, by: [...by] } },
      ],
    }),
    carried: ({ what }) => {
      carried.push({ what, by: [] });
    },
  };
  const motions = createMotions({
    writer: desk.writer,
    documents: desk.documents,
    clock,
    kinds: [weaken as MotionKind, ...kinds],
    isSingle: () => single,
    singleDelayMs: 60_000,
    reload: () => Promise.resolve(),
  });
  const sweep = async () => {
    for (const document of await desk.documents.due(clock.now(), 100)) await motions.due(document);
  };
  return { desk, clock, motions, carried, sweep };
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'done';
  } catch (error) {
    return isFault(error) ? error.code : String(error);
  }
}

test('no-one-alone: what weakens is carried out when a second person wants it, and not before', async () => {
  const { motions, carried, desk } = world();
  const [anna, ben, vera] = [person('anna', admin), person('ben', admin), person('vera', viewer)];
  const { id, state } = await motions.propose(anna, 'test.weaken', { what: 'x' }, 'why not');
  assert.equal(state, 'proposed');
  assert.deepEqual(carried, []);
  assert.equal(await codeOf(motions.second(anna, id)), 'needs-second-person');
  // Another credential of the same person is the same person.
  assert.equal(
    await codeOf(motions.second({ ...anna, credential: 'a token', via: 'token' }, id)),
    'needs-second-person',
  );
  assert.equal(await codeOf(motions.second(vera, id)), 'forbidden');
  assert.deepEqual(carried, []);
  assert.equal((await motions.second(ben, id)).state, 'carried');
  assert.equal(carried.length, 1);
  assert.equal(await codeOf(motions.second(ben, id)), 'already-answered');
  const change = desk.entries.find(({ kind }) => kind === 'budget.changed');
  assert.deepEqual((change?.body as { by: unknown } | undefined)?.by, [anna.person, ben.person]);
  assert.deepEqual(
    desk.entries.map(({ kind }) => kind),
    ['motion.proposed', 'budget.changed', 'motion.settled'],
  );
});

test('what only tightens is carried out by one person, and goes on record all the same', async () => {
  const { motions, carried, desk } = world();
  const { state } = await motions.propose(person('anna', admin), 'test.weaken', { what: 'x', tightens: true }, 'safer');
  assert.equal(state, 'carried');
  assert.equal(carried.length, 1);
  assert.ok(desk.entries.some(({ kind }) => kind === 'motion.settled'));
});

test('a motion that nobody seconds lapses after a week and is never carried out', async () => {
  const { motions, carried, clock, sweep } = world();
  const { id } = await motions.propose(person('anna', admin), 'test.weaken', { what: 'x' }, 'why not');
  clock.advance(8 * 86_400_000);
  await sweep();
  assert.equal((await motions.find(id))?.state, 'lapsed');
  assert.equal(await codeOf(motions.second(person('ben', admin), id)), 'already-answered');
  assert.deepEqual(carried, []);
});

test('with one operator only, a delay and a loud entry take the place of the second person', async () => {
  const { motions, carried, clock, sweep, desk } = world({ single: true });
  const { id } = await motions.propose(person('anna', admin), 'test.weaken', { what: 'x' }, 'why not');
  clock.advance(59_000);
  await sweep();
  assert.deepEqual(carried, []);
  clock.advance(1_000);
  await sweep();
  assert.equal((await motions.find(id))?.state, 'carried');
  assert.equal((desk.entries.at(-1)?.body as { singleOperator?: boolean } | undefined)?.singleOperator, true);
});

test('bad bodies, unknown kinds, missing rights and narrow tokens are refused with a code', async () => {
  const { motions } = world();
  const anna = person('anna', admin);
  assert.equal(await codeOf(motions.propose(anna, 'test.weaken', { what: '' }, 'r')), 'bad-request');
  assert.equal(await codeOf(motions.propose(anna, 'nothing', {}, 'r')), 'bad-request');
  assert.equal(await codeOf(motions.propose(person('vera', viewer), 'test.weaken', { what: 'x' }, 'r')), 'forbidden');
  const narrow = { ...anna, scopes: ['record.read'] as const };
  assert.equal(await codeOf(motions.propose(narrow, 'test.weaken', { what: 'x' }, 'r')), 'forbidden');
  assert.equal(await codeOf(motions.second(anna, newId('motion'))), 'not-found');
});

test('two who second at once: one of them does, the other is told', async () => {
  const { motions, carried } = world();
  const { id } = await motions.propose(person('anna', admin), 'test.weaken', { what: 'x' }, 'why not');
  const codes = await Promise.all([
    codeOf(motions.second(person('ben', admin), id)),
    codeOf(motions.second(person('cleo', admin), id)),
  ]);
  assert.deepEqual(codes.sort(), ['changed-meanwhile', 'done']);
  assert.equal(carried.length, 1);
});

test('no-one-alone: whatever people do in whatever order, nothing is carried out that two did not want', async () => {
  const people = [person('a', admin), person('b', admin), person('c', admin), person('d', viewer)];
  const act = fc.record({
    who: fc.nat(3),
    what: fc.constantFrom('propose', 'second', 'withdraw', 'wait'),
    which: fc.nat(3),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 25 }), async (acts) => {
      const { motions, desk, clock, sweep } = world();
      const made: MotionId[] = [];
      for (const { who, what, which } of acts) {
        const by = people[who] as Principal;
        const id = made[which];
        if (what === 'propose') {
          const motion = await motions.propose(by, 'test.weaken', { what: 'x' }, 'r').catch(() => null);
          if (motion !== null) made.push(motion.id);
        } else if (what === 'wait') {
          clock.advance(2 * 86_400_000);
          await sweep();
        } else if (id !== undefined) {
          await (what === 'second' ? motions.second(by, id) : motions.withdraw(by, id, 'r')).catch(() => null);
        }
      }
      for (const { kind, body } of desk.entries) {
        if (kind !== 'budget.changed') continue;
        const by = (body as unknown as { by: PersonId[] }).by;
        assert.equal(new Set(by).size, 2);
        assert.ok(by.every((one) => people.slice(0, 3).some(({ person: id }) => id === one)));
      }
    }),
    { numRuns: 200 },
  );
});

test('no-one-alone: what stops being a mere tightening while it is looked at waits for a second person', async () => {
  let cap = 100;
  const lowering: MotionKind<{ cap: number }> = {
    kind: 'test.cap',
    right: 'budgets.change',
    schema: z.strictObject({ cap: z.number() }),
    tenantOf: () => '*',
    says: (body) => `a cap of ${body.cap}`,
    needsSecond: (body) => body.cap > cap,
    carryOut() {
      // Somebody else is stricter, between what is read to carry it out and what is read to ask whether one is enough.
      cap = 10;
      return { entries: [] };
    },
  };
  const { motions } = world({ kinds: [lowering as MotionKind] });
  const { state } = await motions.propose(person('anna', admin), 'test.cap', { cap: 50 }, 'why not');
  assert.equal(state, 'proposed');
});
