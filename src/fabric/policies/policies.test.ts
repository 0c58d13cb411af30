import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { z } from 'zod';
import { createRegistry } from '../../fleet/index.ts';
import { createJudge, readPolicySet, type PolicySources, type Question } from '../../govern/index.ts';
// The database under test is the embedded one: a test may stand on more than its folder.
import { migrate, openPool, readConfig, startHost, type Host } from '../../host/index.ts';
import { newSigner, openWriter } from '../../ledger/index.ts';
import { agent, fleet, http, on, tool } from '../../sdk/index.ts';
import { handMovedClock } from '../../testing/index.ts';
import {
  derivedId,
  digest,
  digestText,
  isFault,
  newId,
  NO_LABEL,
  NO_TRAIL,
  type DecisionTemplate,
  type Digest,
  type Principal,
  type RoleGrant,
  type TenantId,
} from '../../vocabulary/index.ts';
import { createDocuments } from '../documents.ts';
import { createMotions } from '../motions.ts';
import { readStanding, type Standing } from '../standing.ts';
import { openLawgiving } from './start.ts';

let host: Host;
const dataDir = mkdtempSync(join(tmpdir(), 'reeve-policies-'));
const signer = newSigner('tests');

before(async () => {
  host = await startHost(readConfig({}, { dataDir, port: 0 }));
});

after(async () => {
  await host.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

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
  owner: 'tests',
  tenant: 'north',
  expires: '2099-12-31',
  perceive: on('case.opened', Case),
  reason: template,
  given: () => null,
  propose: () => [],
  act: [post.granted],
  autonomy: { default: 'L4' },
});
const registry = createRegistry([fleet('tests', { tenant: 'north', agents: [clerk], work: () => [] })]);
const NORTH = 'north' as TenantId;

const ORDINARY: Question = {
  intent: {
    tenant: NORTH,
    run: derivedId('run', 'x'),
    step: 0,
    agent: clerk.name,
    agentVersion: clerk.version,
    tool: post.name,
    toolDigest: post.digest,
    arguments: { n: 1 },
    argumentsText: '{"n":1}',
    argumentsDigest: digestText('{"n":1}'),
    amount: null,
    resource: 'case-1',
    why: 'told so',
    evidence: [],
    label: NO_LABEL,
    trail: NO_TRAIL,
  },
  tool: post,
  toolTenant: NORTH,
  agent: { ...clerk, status: 'active', autonomy: 'L4' },
  capability: post.granted,
  eventTenant: NORTH,
  subject: 'case-1',
  stopped: [],
  approvals: [],
  exhausted: [],
  trail: NO_TRAIL,
  depth: 0,
  environment: 'development',
  now: Date.UTC(2026, 5, 10, 10),
};

const SHIPPED = readPolicySet();
const NEVER_AT_TEN =
  '@id("never-at-ten") @why("tea") forbid (principal, action, resource) when { context.hour == 10 };';
/** The shipped set and one more. */
const STRICTER: PolicySources = { ...SHIPPED, policies: `${SHIPPED.policies}\n${NEVER_AT_TEN}`, tests: '[]' };

const admin: RoleGrant = { tenant: '*', role: 'administrator', as: null };
const author: RoleGrant = { tenant: '*', role: 'policy-author', as: null };
const northern: RoleGrant = { tenant: NORTH, role: 'policy-author', as: null };

function person(name: string, ...grants: RoleGrant[]): Principal {
  return { person: newId('person'), name, teams: [], grants, via: 'session', scopes: null, credential: name };
}
const [anna, ben, paul, nora] = [
  person('anna', admin),
  person('ben', admin),
  person('paul', author),
  person('nora', northern),
];

/** A record that holds nothing, and `start`, which begins on it as a platform does. */
async function record(t: TestContext) {
  const owner = openPool(host.databaseUrl, { connections: 1 });
  await owner.query('drop schema if exists reeve, reeve_identity, drizzle cascade');
  await owner.end();
  await migrate(host.databaseUrl);
  const pool = openPool(host.databaseUrl, { connections: 3 });
  const clock = handMovedClock();
  const writer = await openWriter({ url: host.databaseUrl, clock });
  t.after(async () => {
    await writer.close();
    await pool.end();
  });
  const documents = createDocuments(pool);
  const troubles: string[] = [];
  let lawChanged = 0;

  async function start(policies: PolicySources = SHIPPED, key = signer) {
    const judge = createJudge();
    const lawgiving = await openLawgiving({
      pool,
      documents,
      writer,
      signer: key,
      clock,
      judge,
      policies,
      version: '9.9.9',
      environment: 'development',
      onTrouble: (what) => void troubles.push(what),
    });
    let standing: Standing = await readStanding(pool, lawgiving.book);
    await lawgiving.begin(standing);
    const about = {
      standing: () => standing,
      async reload() {
        standing = await readStanding(pool, lawgiving.book);
      },
      onLawChanged: () => void (lawChanged += 1),
    };
    const motions = createMotions({
      ...about,
      writer,
      documents,
      clock,
      kinds: lawgiving.kinds(about),
      isSingle: () => false,
      singleDelayMs: 60_000,
    });
    const policiesNow = lawgiving.start({ ...about, motions, registry });
    const judged = (question: Question = ORDINARY) => judge(question, standing.lawOf(question.intent.tenant)).verdict;
    return { ...about, motions, policies: policiesNow, judged, beside: lawgiving.beside, lawChanged: () => lawChanged };
  }
  return { pool, clock, writer, documents, start, troubles };
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'done';
  } catch (error) {
    return isFault(error) ? error.code : String(error);
  }
}

/** A back-test of this draft against what is in force now. */
const found = (base: Digest, newlyAllowed = 0) => ({
  base,
  record: { from: 1, to: 9, decisions: 9, digest: digest('all') },
  flipped: newlyAllowed,
  newlyAllowed,
  unreplayable: 0,
});

test('the first start enforces what it is given; a later one with another set drafts it and goes by the record', async (t) => {
  const { start, pool } = await record(t);
  const first = await start();
  assert.equal(first.judged().kind, 'permitted');
  const { enforced } = first.policies.status();
  const again = await start(STRICTER);
  assert.equal(again.judged().kind, 'permitted', 'a release enforces nothing by itself');
  const status = again.policies.status();
  assert.equal(status.enforced, enforced);
  assert.notEqual(status.shipped, null);
  const draft = await again.policies.show(status.shipped as Digest);
  assert.deepEqual([draft.state, draft.author, draft.reason], ['draft', null, 'shipped with version 9.9.9']);
  await start(STRICTER);
  const { rows } = await pool.query<{ kind: string }>(`select kind from reeve.entry order by seq`);
  assert.deepEqual(
    rows.map(({ kind }) => kind),
    ['policies.enforced', 'policies.drafted'],
  );
});

test('draft, back-tested, log-only, enforced, superseded, and one step back: each on record, the law-making ones by two', async (t) => {
  const { start, pool } = await record(t);
  const { policies, motions, judged, standing, lawChanged } = await start();
  const base = standing().law.digest;
  const { digest: stricter } = await policies.draft(paul, STRICTER, 'tea at ten');
  assert.equal(await codeOf(policies.draft(nora, STRICTER, 'x')), 'forbidden');
  assert.equal(await codeOf(policies.enforce(anna, stricter, 'x')), 'too-soon');
  await policies.backTested(paul, stricter, found(base));
  assert.equal(await codeOf(policies.enforce(paul, stricter, 'x')), 'forbidden', 'an author has not the right');
  await policies.logOnly(anna, stricter, 'let us see');
  assert.equal((await policies.show(stricter)).state, 'log-only');
  assert.equal(judged().kind, 'permitted', 'what watches decides nothing');

  const motion = await policies.enforce(anna, stricter, 'it is time');
  assert.equal(judged().kind, 'permitted');
  assert.equal(await codeOf(motions.second(anna, motion.id)), 'needs-second-person');
  assert.equal((await motions.second(ben, motion.id)).state, 'carried');
  const verdict = judged();
  assert.deepEqual(verdict.kind === 'refused' && verdict.policies, ['never-at-ten']);
  assert.deepEqual(standing().authors, [paul?.person]);
  assert.equal(lawChanged(), 1);
  const states = new Map((await policies.list()).map((one) => [one.digest, one.state]));
  assert.deepEqual([states.get(base), states.get(stricter), states.size], ['superseded', 'enforced', 2]);

  const back = await policies.stepBack(ben, 'no tea');
  await motions.second(anna, back.id);
  assert.equal(judged().kind, 'permitted');
  assert.equal(standing().law.digest, base);
  const { rows } = await pool.query<{ kind: string; number: number | null }>(
    `select kind, (body::jsonb #>> '{body,number}')::int as number from reeve.entry where kind like 'policies%' order by seq`,
  );
  assert.deepEqual(
    rows.map(({ kind, number }) => (number === null ? kind : `${kind} ${number}`)),
    [
      'policies.enforced 1',
      'policies.drafted',
      'policies.back-tested',
      'policies.logged',
      'policies.enforced 2',
      'policies.enforced 3',
    ],
  );
  // What starts next goes by it, over and over.
  assert.equal((await start()).standing().law.digest, base);
});

test('the author of a set cannot second it, and a back-test against other policies counts for nothing', async (t) => {
  const { start } = await record(t);
  const { policies, motions, standing } = await start();
  const base = standing().law.digest;
  const { digest: stricter } = await policies.draft(ben, STRICTER, 'mine');
  await policies.backTested(ben, stricter, found(base));
  const motion = await policies.enforce(anna, stricter, 'x');
  assert.equal(await codeOf(motions.second(ben, motion.id)), 'needs-second-person');
  const other = await policies.draft(paul, { ...STRICTER, policies: STRICTER.policies.replace('== 10', '== 11') }, 'x');
  await policies.backTested(paul, other.digest, found(base));
  await motions.second(anna, (await policies.enforce(ben, other.digest, 'x')).id);
  assert.equal((await policies.show(stricter)).stale, true);
  assert.equal(await codeOf(policies.enforce(ben, stricter, 'x')), 'changed-meanwhile');
  // What was proposed before the base changed is stale too.
  const cleo = person('cleo', admin);
  assert.equal(await codeOf(motions.second(cleo, motion.id)), 'changed-meanwhile');
});

test('default-deny: what is on record and was not enforced by people is no law, at a start and while it runs', async (t) => {
  const tamperings: Readonly<Record<string, (digest: string, other: string) => string>> = {
    'a bad signature': (d) =>
      `update reeve.document set rev = rev + 1, content = jsonb_set(content, '{enforcement,note}', to_jsonb(replace(content #>> '{enforcement,note}', 'AA', 'BB') || ' ')) where id = '${d}'`,
    'another author': (d) =>
      `update reeve.document set rev = rev + 1, content = jsonb_set(content, '{author}', '"per_00000000000000000000000000000001"') where id = '${d}'`,
    'an altered text': (d) =>
      `update reeve.document set rev = rev + 1, content = jsonb_set(content, '{sources,policies}', to_jsonb(replace(content #>> '{sources,policies}', '> 100000000', '> 100000001'))) where id = '${d}'`,
    'an empty set': (d) =>
      `update reeve.document set rev = rev + 1, content = jsonb_set(content, '{sources,policies}', '""') where id = '${d}'`,
    'a set that does not parse': (d) =>
      `update reeve.document set rev = rev + 1, content = jsonb_set(content, '{sources,policies}', '"permit ("') where id = '${d}'`,
    'none at all': (d) => `delete from reeve.document where id = '${d}'`,
    'two at once': (_, other) => `update reeve.document set rev = rev + 1, state = 'enforced' where id = '${other}'`,
    'one that was enforced before': (d, other) =>
      `update reeve.document set rev = rev + 1, state = case id when '${d}' then 'superseded' else 'enforced' end where id in ('${d}', '${other}')`,
    'a draft': (d, other) =>
      `update reeve.document set rev = rev + 1, state = case id when '${d}' then 'superseded' else 'enforced' end,
         content = case id when '${d}' then content else jsonb_set(content, '{enforcement}', 'null') end where id in ('${d}', '${other}')`,
  };
  for (const [what, sql] of Object.entries(tamperings)) {
    const { start, pool } = await record(t);
    const running = await start();
    const before = running.standing().law.digest;
    const { digest: stricter } = await running.policies.draft(paul, STRICTER, 'x');
    await running.policies.backTested(paul, stricter, found(before));
    await running.motions.second(ben, (await running.policies.enforce(anna, stricter, 'x')).id);
    await pool.query(sql(stricter, before));
    await running.reload();
    const verdict = running.judged();
    assert.equal(verdict.kind === 'refused' && verdict.code, 'judging-failed', what);
    assert.equal(await codeOf(start()), 'policies-not-trusted', what);
  }
  const { start } = await record(t);
  await start();
  assert.equal(await codeOf(start(SHIPPED, newSigner('tests'))), 'policies-not-trusted', 'another key');
});

test('what watches is judged beside, its flips are counted by policy, and a restart finds them on record', async (t) => {
  const { start, writer } = await record(t);
  const running = await start();
  const base = running.standing().law.digest;
  const { digest: stricter } = await running.policies.draft(paul, STRICTER, 'x');
  assert.equal(await codeOf(running.policies.logOnly(anna, stricter, 'x')), 'too-soon');
  await running.policies.backTested(paul, stricter, found(base));
  assert.equal(running.beside.judge(ORDINARY, running.judged(), running.standing()), null);
  await running.policies.logOnly(anna, stricter, 'x');
  for (const hour of [9, 10, 10]) {
    const question = { ...ORDINARY, now: Date.UTC(2026, 5, 10, hour) };
    const seen = running.beside.judge(question, running.judged(question), running.standing());
    const { tenant, agent: who, tool: what } = ORDINARY.intent;
    await writer.append({
      entries: [
        {
          kind: 'intent.permitted',
          tenant,
          run: null,
          agent: who,
          body: { tool: what, ...(seen?.flip && { logOnly: { ...seen.flip } }) },
        },
      ],
    });
    running.beside.noted(ORDINARY.intent, seen);
  }
  const report = running.policies.flips(stricter);
  assert.deepEqual(report.groups, [
    {
      policy: 'never-at-ten',
      tenant: NORTH,
      agent: clerk.name,
      tool: post.name,
      from: 'permitted',
      to: 'refused',
      count: 2,
    },
  ]);
  assert.deepEqual([report.judged, report.flipped], [3, 2]);
  const again = await start();
  assert.deepEqual(again.policies.flips(stricter), report);
  // One person let it watch; to look away takes two.
  const motion = await again.policies.endLogOnly(anna, stricter, 'enough');
  assert.equal(motion.state, 'proposed');
  await again.motions.second(ben, motion.id);
  assert.equal(await codeOf(Promise.resolve().then(() => again.policies.flips(stricter))), 'not-found');
});

test('a tenant forbids more by itself, and takes it back only by two; a base set that would not fit is not enforced', async (t) => {
  const { start } = await record(t);
  const { policies, motions, judged, standing } = await start();
  const own = NEVER_AT_TEN;
  assert.equal(await codeOf(policies.setTenant(nora, 'nowhere' as TenantId, own, 'x')), 'unknown-tenant');
  assert.equal(
    await codeOf(policies.setTenant(nora, NORTH, '@id("x") permit (principal, action, resource);', 'x')),
    'bad-policy',
  );
  assert.equal((await policies.setTenant(nora, NORTH, own, 'tea')).state, 'carried');
  assert.equal(judged().kind, 'refused');
  assert.equal(judged({ ...ORDINARY, now: Date.UTC(2026, 5, 10, 11) }).kind, 'permitted');
  assert.deepEqual(standing().tightened, [NORTH]);
  assert.notEqual(standing().lawOf(NORTH).digest, standing().law.digest);
  assert.equal(standing().lawOf('south' as TenantId), standing().law);

  assert.equal(await codeOf(policies.setTenant(nora, NORTH, '', 'no more tea')), 'forbidden');
  const taken = await policies.setTenant(anna, NORTH, own.replace('10', '23'), 'later');
  assert.equal(taken.state, 'proposed');
  assert.equal(judged().kind, 'refused');
  await motions.second(ben, taken.id);
  assert.equal(judged().kind, 'permitted');
  // By the back door: what is proposed as tightening is looked at again when it is carried out.
  assert.equal(
    await codeOf(motions.propose(nora as Principal, 'tenant-policies.tighten', { tenant: NORTH, policies: '' }, 'x')),
    'needs-second-person',
  );

  const { digest: colliding } = await policies
    .draft(paul, STRICTER, 'x')
    .catch((error: unknown) => ({ digest: error as Digest }));
  assert.equal(isFault(colliding) && colliding.code, 'bad-policy', 'its `never-at-ten` is the tenant’s');
});
