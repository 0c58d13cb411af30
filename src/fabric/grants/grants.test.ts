import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import fc from 'fast-check';
import { z } from 'zod';
import { createRegistry } from '../../fleet/index.ts';
import { loadLaw, type StandingGrant } from '../../govern/index.ts';
import { agent, fleet, http, on, tool } from '../../sdk/index.ts';
import { handMovedClock, type HandMovedClock } from '../../testing/index.ts';
import {
  digest,
  isFault,
  newId,
  type DecisionTemplate,
  type PersonId,
  type Principal,
  type RoleGrant,
} from '../../vocabulary/index.ts';
import { memoryLaw, type MemoryLaw } from '../memory-law.ts';
import { createMotions, type Motions } from '../motions.ts';
import { startGrants, type GrantsOfFabric } from './start.ts';

const Case = z.object({ n: z.int() });
const post = tool('erp.post', {
  description: 'posts',
  input: Case,
  output: z.object({}),
  effect: 'E1',
  call: http('erp', 'POST /postings'),
});
const template: DecisionTemplate<unknown, unknown> = {
  name: 'none',
  description: '',
  jdm: '{}',
  input: z.unknown(),
  output: z.unknown(),
  tests: [],
  version: digest('none'),
};
const clerk = agent('clerk.a', {
  purpose: 'posts',
  owner: 'finance',
  tenant: 'north',
  expires: '2099-12-31',
  perceive: on('case.opened', Case),
  reason: template,
  given: () => null,
  propose: () => [],
  act: [post.granted],
  autonomy: { default: 'L2' },
});
const registry = createRegistry([fleet('tests', { tenant: 'north', agents: [clerk], work: () => [] })]);
const shipped = loadLaw();

let law: MemoryLaw;
let clock: HandMovedClock;
let motions: Motions;
let grants: GrantsOfFabric;
const gone = new Set<PersonId>();
const demoted = new Set<PersonId>();

beforeEach(() => setUp(false));

function setUp(single: boolean): void {
  law = memoryLaw(shipped, { single });
  clock = handMovedClock(Date.UTC(2026, 5, 1));
  gone.clear();
  demoted.clear();
  const options = {
    registry,
    documents: law.desk.documents,
    writer: law.writer,
    clock,
    standing: () => law.standing(),
    reload: () => law.reload(),
    peopleOf: (people: readonly PersonId[]) =>
      Promise.resolve(
        new Map(
          everybody
            .filter(({ person }) => people.includes(person) && !gone.has(person))
            .map((one) => [one.person, demoted.has(one.person) ? { ...one, grants: [] } : one]),
        ),
      ),
  };
  grants = startGrants(options);
  motions = createMotions({
    writer: law.writer,
    documents: law.desk.documents,
    clock,
    kinds: grants.kinds,
    isSingle: () => single,
    singleDelayMs: 60_000,
    reload: () => law.reload(),
  });
}

function approver(as: string, tenant = 'north'): Principal {
  const id = newId('person');
  const grant: RoleGrant = { tenant: tenant as '*', role: 'approver', as };
  return { person: id, name: as, teams: [], grants: [grant], via: 'session', scopes: null, credential: id };
}
const [ana, ben, cleo, dan] = [
  approver('agent-owner'),
  approver('agent-owner'),
  approver('duty-manager'),
  approver('agent-owner', 'south'),
];
const everybody = [ana, ben, cleo, dan];

async function faultOf(doing: Promise<unknown>): Promise<string> {
  try {
    await doing;
    return 'done';
  } catch (error) {
    return isFault(error) ? `${error.code}: ${error.message}` : String(error);
  }
}

const days = (n: number) => new Date(clock.now() + n * 86_400_000).toISOString();
const wish = (more: object = {}) => ({
  tenant: 'north',
  agent: clerk.name,
  tool: post.name,
  lifts: ['every-act-approved'],
  uses: 3,
  until: days(7),
  ...more,
});
const make = (by: Principal, more: object = {}) => motions.propose(by, 'grant.make', wish(more), 'the same every day');
const inForce = () => (law.standing().documents.get('standing-grant') ?? []).map(({ id }) => id);
const sweep = async () => {
  for (const document of await law.desk.documents.due(clock.now(), 100)) {
    await (document.kind === 'motion' ? motions.due(document) : grants.due(document));
  }
};

test('an answer in advance takes two people who could both answer, ends by itself, and is revoked by one', async () => {
  const { id } = await make(ana);
  assert.deepEqual(inForce(), []);
  assert.match(await faultOf(motions.second(cleo, id)), /^forbidden: .* answered by agent-owner/);
  assert.match(await faultOf(motions.second(dan, id)), /^forbidden/);
  await motions.second(ben, id);
  assert.equal(inForce().length, 1);

  clock.advance(7 * 86_400_000);
  await sweep();
  assert.deepEqual(inForce(), []);

  const second = await make(ben);
  await motions.second(ana, second.id);
  const [grant = ''] = inForce();
  assert.match(await faultOf(grants.revoke(dan, grant, 'x')), /^not-found/);
  await grants.revoke(cleo, grant, 'not needed');
  assert.deepEqual(inForce(), []);
  assert.match(await faultOf(grants.revoke(cleo, grant, 'again')), /^already-answered/);
  const states = law.desk.entries
    .filter(({ kind }) => kind === 'standing-grant.changed')
    .map(({ body }) => (body as { state: string }).state);
  assert.deepEqual(states, ['in-force', 'ended', 'in-force', 'revoked']);
});

test('what cannot be answered in advance is refused to the one who asks', async () => {
  const refusals: readonly (readonly [object, RegExp])[] = [
    [{ lifts: ['stopped-everything'] }, /^forbidden: nobody may lift/],
    [{ lifts: ['budget-asks'] }, /./],
    [{ lifts: ['no-such-policy'] }, /^forbidden: nobody may lift/],
    [{ lifts: [] }, /^bad-request/],
    [{ until: days(31) }, /^bad-request: `until`/],
    [{ until: days(-1) }, /^bad-request: `until`/],
    [{ uses: 1_001 }, /^bad-request: `uses`/],
    [{ uses: 0 }, /^bad-request/],
    [{ tool: 'erp.other' }, /^unknown-tool/],
    [{ agent: 'nobody' }, /^unknown-agent/],
    [{ tenant: 'south' }, /^forbidden/],
    [{ reach: 'everything' }, /^bad-request/],
  ];
  for (const [more, says] of refusals) assert.match(await faultOf(make(ana, more)), says, JSON.stringify(more));
  assert.equal(law.desk.entries.length, 0);
});

test('a cap is not lifted in advance, by two or by broken glass', async () => {
  const lifting = { ...shipped, policies: new Map(shipped.policies) };
  const asks = shipped.policies.get('every-act-approved') ?? assert.fail();
  lifting.policies.set('budget-asks', { ...asks, id: 'budget-asks' });
  law = memoryLaw(lifting);
  assert.match(await faultOf(make(ana, { lifts: ['budget-asks'] })), /nobody may lift `budget-asks`|is answered by/);
  const glass = { tenant: 'north', agent: clerk.name, lifts: ['budget-asks'], minutes: 10 };
  assert.match(await faultOf(grants.breakGlass.open(ana, glass, 'x')), /^bad-request: nobody may lift `budget-asks`/);
});

test('whoever left or lost the role meanwhile does not count as one of the two', async () => {
  const { id } = await make(ana);
  gone.add(ana.person);
  assert.match(await faultOf(motions.second(ben, id)), /^forbidden: .* not there any more/);
  gone.clear();
  demoted.add(ana.person);
  assert.match(await faultOf(motions.second(ben, id)), /^forbidden: .* answered by agent-owner/);
  assert.deepEqual(inForce(), []);
});

const glass = { tenant: 'north', agent: clerk.name, lifts: ['every-act-approved', 'amount-over-limit'], minutes: 60 };
const open = (by: Principal, more: object = {}) => grants.breakGlass.open(by, { ...glass, ...more }, 'payroll is late');

test('one person breaks the glass at once, loudly, for an hour at most', async () => {
  const { id, content } = await open(ana);
  assert.deepEqual(inForce(), [id]);
  assert.equal(content.until, clock.now() + 3_600_000);
  const [entry] = law.desk.entries;
  assert.equal(entry?.kind, 'break-glass.opened');
  assert.deepEqual((entry?.body as { by?: string[] } | undefined)?.by, [ana.person]);
  clock.advance(3_600_000);
  await sweep();
  assert.deepEqual(inForce(), []);
  assert.equal((await law.desk.documents.find('standing-grant', id))?.state, 'to-review');
});

test('broken glass opens neither everything, nor for longer, nor what nobody may lift', async () => {
  const refusals: readonly (readonly [object, RegExp])[] = [
    [{ agent: null }, /^bad-request: .*never everything/],
    [{ minutes: 61 }, /^bad-request/],
    [{ lifts: ['stopped-agent'] }, /^bad-request: nobody may lift/],
    [{ lifts: ['amount-over-ceiling'] }, /^bad-request: nobody may lift/],
    [{ tenant: 'south' }, /^forbidden/],
  ];
  for (const [more, says] of refusals) assert.match(await faultOf(open(ana, more)), says, JSON.stringify(more));
  assert.equal(law.desk.entries.length, 0);
});

test('broken-glass-is-reviewed: unreviewed after a day, whoever opened it opens nothing, until somebody else has looked', async () => {
  const { id } = await open(ana);
  const review = (by: Principal) => grants.breakGlass.review(by, id, 'justified', 'payroll was late');
  assert.match(await faultOf(review(ana)), /^needs-second-person/);
  assert.match(await faultOf(review(dan)), /^not-found/);
  clock.advance(86_400_000 - 1);
  await sweep();
  assert.equal(await faultOf(open(ana)), 'done', 'there is still time');
  clock.advance(1);
  // Before any sweep: the clock decides, not who comes first.
  assert.match(await faultOf(open(ana)), /^right-suspended/);
  assert.match(await faultOf(motions.propose(ana, 'break-glass.open', glass, 'x')), /^right-suspended/);
  const two = await motions.propose(ben, 'break-glass.open', glass, 'payroll');
  assert.match(await faultOf(motions.second(ana, two.id)), /^right-suspended/);
  await sweep();
  assert.equal((await law.desk.documents.find('standing-grant', id))?.state, 'unreviewed');
  const suspended = law.desk.entries.find(({ kind }) => kind === 'break-glass.reviewed');
  assert.deepEqual((suspended?.body as { suspended?: string[] } | undefined)?.suspended, [ana.person]);
  assert.match(await faultOf(open(ana)), /^right-suspended/);
  assert.equal(await faultOf(open(ben)), 'done', 'nobody else is suspended');

  const reviewed = await review(ben);
  assert.deepEqual([reviewed.state, reviewed.content.review?.late], ['reviewed', true]);
  assert.match(await faultOf(review(cleo)), /^already-answered/);
});

test('every path of broken glass leaves a record, an end, and a review when one person opened it', async () => {
  for (const path of ['ends', 'revoked', 'reviewed first'] as const) {
    setUp(false);
    const { id } = await open(ana);
    if (path === 'revoked') await grants.revoke(cleo, id, 'over');
    if (path === 'reviewed first') await grants.breakGlass.review(ben, id, 'not-justified', 'no need');
    clock.advance(3_600_000);
    await sweep();
    clock.advance(86_400_000);
    await sweep();
    const found = await law.desk.documents.find<StandingGrant>('standing-grant', id);
    assert.deepEqual(inForce(), [], path);
    assert.equal(found?.state, path === 'reviewed first' ? 'reviewed' : 'unreviewed', path);
    assert.ok(law.desk.entries.length >= 3, path);
  }
});

test('two people break the glass without a review; with one operator only a delay comes first', async () => {
  const { id } = await motions.propose(ana, 'break-glass.open', glass, 'payroll');
  assert.deepEqual(inForce(), []);
  await motions.second(ben, id);
  const [grant = ''] = inForce();
  assert.match(await faultOf(grants.breakGlass.review(cleo, grant, 'justified', 'x')), /^already-answered: two people/);

  setUp(true);
  assert.match(await faultOf(open(ana)), /^needs-second-person/);
  await motions.propose(ana, 'break-glass.open', glass, 'payroll');
  await sweep();
  assert.deepEqual(inForce(), []);
  clock.advance(60_000);
  await sweep();
  assert.equal(inForce().length, 1);
});

test('whatever people do with broken glass and whenever, it is open only while it may be, and nobody unreviewed opens more', async () => {
  const HOUR = 3_600_000;
  const who = fc.constantFrom('ana', 'ben');
  const step = fc.oneof(
    fc.record({ do: fc.constant('open' as const), who, minutes: fc.constantFrom(1, 30, 60) }),
    fc.record({ do: fc.constant('review' as const), who, which: fc.nat(5) }),
    fc.record({ do: fc.constant('revoke' as const), who, which: fc.nat(5) }),
    fc.record({
      do: fc.constant('wait' as const),
      ms: fc.constantFrom(60_000, HOUR, 11 * HOUR, 24 * HOUR - 1, 24 * HOUR),
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      setUp(false);
      const people = { ana, ben };
      const openings: { id: string; by: string; at: number; until: number; over: boolean; reviewed: boolean }[] = [];
      for (const one of steps) {
        const now = clock.now();
        const found = 'which' in one ? openings[one.which % Math.max(1, openings.length)] : undefined;
        if (one.do === 'wait') {
          clock.advance(one.ms);
          await sweep();
        } else if (one.do === 'open') {
          const isSuspended = openings.some(
            ({ by, reviewed, at }) => by === one.who && !reviewed && now >= at + 24 * HOUR,
          );
          const said = await faultOf(
            open(people[one.who], { minutes: one.minutes }).then(({ id }) =>
              openings.push({
                id,
                by: one.who,
                at: now,
                until: now + one.minutes * 60_000,
                over: false,
                reviewed: false,
              }),
            ),
          );
          assert.equal(said.split(':')[0], isSuspended ? 'right-suspended' : 'done');
        } else if (found !== undefined && one.do === 'review') {
          const expected = found.by === one.who ? 'needs-second-person' : found.reviewed ? 'already-answered' : 'done';
          const said = await faultOf(grants.breakGlass.review(people[one.who], found.id, 'justified', 'looked'));
          assert.equal(said.split(':')[0], expected);
          if (expected === 'done') found.reviewed = true;
        } else if (found !== undefined) {
          const said = await faultOf(grants.revoke(people[one.who], found.id, 'over'));
          assert.equal(said.split(':')[0], found.over ? 'already-answered' : 'done');
          found.over = true;
        }
        for (const opening of openings) if (clock.now() >= opening.until) opening.over = true;
        assert.deepEqual(
          grants.broken().map(({ id }) => id),
          openings
            .filter(({ over }) => !over)
            .map(({ id }) => id)
            .toSorted(),
        );
      }
      const opened = law.desk.entries.filter(({ kind }) => kind === 'break-glass.opened');
      assert.equal(opened.length, openings.length, 'each is on record');
    }),
    { numRuns: 150 },
  );
});
