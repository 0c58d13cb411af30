/**
 * An agent earns a level, and loses it: by other policies, by a severe incident, and by its time. And people answer in advance,
 * or break the glass, and see what comes of it. On a whole platform; what was done is what the simulated systems say.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { z } from 'zod';
import { isSampled } from '../../src/fabric/autonomy/review-follower.ts';
import { readConfig } from '../../src/host/index.ts';
import { startPlatform, type Platform } from '../../src/platform.ts';
import { agent, decision, fleet, http, on, tool } from '../../src/sdk/index.ts';
import { readJournal } from '../../src/testing/index.ts';
import {
  boundDigest,
  derivedId,
  isFault,
  type Approval,
  type ApprovalId,
  type PermitId,
  type PersonId,
  type Principal,
  type RoleGrant,
  type TenantId,
} from '../../src/vocabulary/index.ts';

const TENANT = 'records' as TenantId;
const Note = z.object({ note: z.string() });

const keep = decision('note', {
  description: 'Whether a note is kept',
  table: new URL('../hostile/note.jdm.json', import.meta.url),
  tests: new URL('../hostile/note.tests.json', import.meta.url),
  input: z.object({ length: z.int() }),
  output: z.object({ keep: z.boolean() }),
});
const file = (name: string) =>
  tool(name, {
    description: 'File a note',
    input: Note,
    output: z.object({ id: z.string(), status: z.string() }),
    effect: 'E1',
    resource: (input) => input.note,
    call: http('grc', 'POST /notes'),
  });
const [fileNote, fileFreely] = [file('grc.file-note'), file('grc.file-freely')];
const common = {
  tenant: TENANT,
  owner: 'archive',
  expires: '2099-12-31',
  reason: keep,
  given: () => ({ length: 1 }),
} as const;
const clerk = agent('clerk.records', {
  ...common,
  purpose: 'File notes, each of which a person approves',
  perceive: on('note.written', Note),
  propose: ({ event }) => [fileNote.with(event.data, 'it was written')],
  act: [fileNote.granted],
  autonomy: { default: 'L2' },
});
const archivist = agent('archivist.records', {
  ...common,
  purpose: 'File notes, which people look at afterwards',
  perceive: on('note.found', Note),
  propose: ({ event }) => [fileFreely.with(event.data, 'it was found')],
  act: [fileFreely.granted],
  autonomy: { default: 'L5' },
});
const sorter = agent('sorter.records', {
  ...common,
  purpose: 'File notes, some of which people look at afterwards',
  perceive: on('note.sorted', Note),
  propose: ({ event }) => [fileFreely.with(event.data, 'it was sorted')],
  act: [fileFreely.granted],
  autonomy: { default: 'L4' },
});

const ANOTHER_POLICY = `
@id("no-notes-about-nobody")
@why("a note is about something")
forbid (principal, action, resource is Reeve::Tool)
when { resource == Reeve::Tool::"grc.file-nothing" };
`;

const folder = mkdtempSync(join(tmpdir(), 'reeve-autonomy-'));
const dataDir = join(folder, 'data');
let platform: Platform;
let sent = 0;

const start = () =>
  startPlatform({
    config: readConfig({}, { dataDir, port: 0 }),
    fleets: [fleet('records', { tenant: TENANT, agents: [clerk, archivist, sorter], work: () => [] })],
  });

function somebody(name: string, ...grants: readonly Omit<RoleGrant, 'tenant'>[]): Principal {
  const person = derivedId('person', name);
  const everywhere = grants.map((grant): RoleGrant => ({ ...grant, tenant: '*' }));
  return { person, name, teams: [], grants: everywhere, via: 'session', scopes: null, credential: name };
}
const administrator = { role: 'administrator', as: null } as const;
const operator = { role: 'operator', as: null } as const;
const owns = { role: 'approver', as: 'agent-owner' } as const;
const [ana, ben] = [somebody('ana', administrator, operator), somebody('ben', administrator)];
const [cleo, dora] = [somebody('cleo', owns), somebody('dora', owns)];

/** Brings notes one after the other, and waits until all that can be done is done. */
async function bring(type: string, notes: readonly string[], by: PersonId | null = null): Promise<void> {
  for (const note of notes) {
    await platform.fabric.receive(
      { specversion: '1.0', id: `${type}-${(sent += 1)}`, source: 'tests', type, subject: note, data: { note } },
      {
        tenant: TENANT,
        label: { integrity: 'trusted', confidentiality: 'internal', origins: ['tests'] },
        receivedAt: new Date().toISOString(),
        principal: by,
      },
    );
  }
  await platform.fabric.idle();
}

const named = (prefix: string, n: number) => Array.from({ length: n }, (_, i) => `${prefix}-${i}`);

async function approveAll(): Promise<number> {
  const { rows } = await platform.pool.query<{ id: ApprovalId; content: Pick<Approval, 'bound'> }>(
    `select id, content from reeve.approval where state = 'pending'`,
  );
  await Promise.all(
    rows.map(({ id, content }) =>
      platform.fabric.approvals.answer(cleo, id, {
        kind: 'approve',
        digest: boundDigest(content.bound),
        reason: 'as it should be',
      }),
    ),
  );
  await platform.fabric.idle();
  return rows.length;
}

async function stateOf(note: string): Promise<string> {
  const { rows } = await platform.pool.query<{ state: string }>(
    'select state from reeve.run where subject = $1 order by seq desc limit 1',
    [note],
  );
  return rows[0]?.state ?? 'none';
}

async function filed(): Promise<number> {
  const path = join(dataDir, 'simulator', 'grc.journal.jsonl');
  let lines = 0;
  if (existsSync(path)) for await (const _ of readJournal(path)) lines += 1;
  return lines;
}

async function levelOf(name: string): Promise<string> {
  const [shown] = await platform.fabric.autonomy.show(name);
  return shown?.effective.level ?? 'none';
}

async function codeOf(doing: Promise<unknown>): Promise<string> {
  try {
    await doing;
    return 'done';
  } catch (error) {
    if (isFault(error)) return error.code;
    throw error;
  }
}

const promote = () =>
  platform.fabric.autonomy.promote(ana, { agent: clerk.name, tool: fileNote.name, to: 'L3' }, 'it earned it');

before(
  async () => {
    platform = await start();
    await knowPeople();
    await platform.stop();
    platform = await start();
  },
  { timeout: 60_000 },
);
after(async () => {
  await platform?.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

test(
  '59 approved acts and two people raise it by a level: what waited for a person runs by itself',
  { timeout: 90_000 },
  async () => {
    await bring('note.written', named('early', 58));
    assert.equal(await approveAll(), 58);
    assert.equal(await codeOf(promote()), 'evidence-insufficient');
    await bring('note.written', ['early-58']);
    assert.equal(await approveAll(), 1);
    assert.equal(await filed(), 59);

    const motion = await promote();
    await bring('note.written', ['before']);
    assert.equal(await stateOf('before'), 'waiting', 'one person raises nobody');
    await platform.fabric.motions.second(ben, motion.id);
    assert.equal(await levelOf(clerk.name), 'L3');
    await bring('note.written', ['after']);
    assert.equal(await stateOf('after'), 'done');
  },
);

test(
  'severe-incident-drops: within milliseconds of severity 1 nothing runs by itself any more',
  { timeout: 60_000 },
  async (t) => {
    const running = bring('note.written', named('load', 60));
    const from = performance.now();
    const incident = await platform.fabric.incidents.report(ana, {
      severity: 1,
      agent: clerk.name,
      tool: null,
      what: 'filed under the wrong name',
    });
    const took = performance.now() - from;
    t.diagnostic(`from the report to its answer: ${took.toFixed(0)} ms`);
    assert.ok(took < 10_000, `${took} ms`);
    await running;
    // By the record: after the incident, no intent of this agent was permitted without a person.
    const { rows } = await platform.pool.query<{ n: string }>(
      `select count(*) as n from reeve.entry where agent = $1 and kind = 'intent.permitted'
       and seq > (select max(seq) from reeve.entry where kind = 'incident.reported')`,
      [clerk.name],
    );
    assert.equal(Number(rows[0]?.n), 0);
    const waiting = await platform.pool.query<{ n: string }>(
      `select count(*) as n from reeve.run where subject like 'load-%' and state = 'waiting'`,
    );
    assert.ok(Number(waiting.rows[0]?.n) > 0, 'it came while the agent was at work');
    assert.equal(await levelOf(clerk.name), 'L1');
    await bring('note.written', ['after the incident']);
    assert.equal(await stateOf('after the incident'), 'waiting');

    const { id } = await platform.fabric.motions.propose(
      ana,
      'autonomy.lift',
      { ceiling: incident.id, tenant: TENANT },
      'mended',
    );
    await platform.fabric.motions.second(ben, id);
    assert.equal(await levelOf(clerk.name), 'L2', 'what it had earned is gone');
  },
);

test(
  'grants-are-counted: of fifty at once, as many run as it has uses, and the rest wait',
  { timeout: 60_000 },
  async () => {
    const wish = {
      tenant: TENANT,
      agent: clerk.name,
      tool: fileNote.name,
      lifts: ['every-act-approved'],
      resource: 'daily',
      uses: 7,
      until: new Date(Date.now() + 3_600_000).toISOString(),
    };
    const { id } = await platform.fabric.motions.propose(cleo, 'grant.make', wish, 'the same every day');
    await platform.fabric.motions.second(dora, id);
    const before_ = await filed();
    await bring('note.written', named('daily', 50));
    await bring('note.written', ['weekly-0']);
    assert.equal((await filed()) - before_, 7);
    const { rows } = await platform.pool.query<{ state: string; n: string }>(
      `select state, count(*) as n from reeve.run where subject like 'daily-%' group by state order by state`,
    );
    assert.deepEqual(
      rows.map(({ state, n }) => [state, Number(n)]),
      [
        ['done', 7],
        ['waiting', 43],
      ],
    );
    assert.equal(await stateOf('weekly-0'), 'waiting', 'another resource');
    const named_ = await platform.pool.query<{ n: string }>(
      `select count(*) as n from reeve.entry where kind = 'intent.permitted' and body::jsonb -> 'body' -> 'grant' ->> 'form' = 'standing'`,
    );
    assert.equal(Number(named_.rows[0]?.n), 7, 'each names the grant');
    const account = await platform.pool.query<{ spent: string; reserved: string }>(
      `select spent, reserved from reeve.account where key like 'grant:%'`,
    );
    assert.deepEqual(account.rows, [{ spent: '7', reserved: '0' }]);
  },
);

test('broken glass lets acts through and is on record, and a stop still stops', { timeout: 60_000 }, async () => {
  const glass = { tenant: TENANT, agent: clerk.name, tool: null, lifts: ['every-act-approved'], minutes: 5 };
  const opened = await platform.fabric.grants.breakGlass.open(dora, glass, 'the archive floods');
  assert.deepEqual(
    platform.fabric.grants.broken().map(({ id }) => id),
    [opened.id],
  );
  await bring('note.written', ['flood-0']);
  assert.equal(await stateOf('flood-0'), 'done');
  // Nobody answers their own request, however the glass is broken.
  await bring('note.written', ['flood-own'], dora.person);
  assert.equal(await stateOf('flood-own'), 'waiting');
  await platform.fabric.fences.stop(ana, `agent:${clerk.name}`, 'drill');
  await bring('note.written', ['flood-1']);
  assert.equal(await stateOf('flood-1'), 'refused');
  const lift = await platform.fabric.fences.proposeLift(ana, `agent:${clerk.name}`, 'over');
  await platform.fabric.motions.second(ben, lift.id);
  await platform.fabric.grants.revoke(cleo, opened.id, 'the water is gone');
  assert.deepEqual(platform.fabric.grants.broken(), []);
  await bring('note.written', ['flood-2']);
  assert.equal(await stateOf('flood-2'), 'waiting');
});

test('all that is done at L5 is reviewed afterwards, each once, over a restart too', { timeout: 90_000 }, async () => {
  await bring('note.found', named('found', 12));
  await platform.fabric.sweep();
  const reviews = () => platform.fabric.documents.list<{ agent: string }>('review', { state: 'open' });
  assert.equal((await reviews()).length, 12);
  await platform.stop();
  platform = await start();
  await bring('note.found', ['found-12']);
  await platform.fabric.sweep();
  const open = await reviews();
  assert.equal(open.length, 13);
  for (const [i, { id }] of open.entries()) {
    await platform.fabric.reviews.answer(cleo, id, i === 0 ? 'not-ok' : 'ok', 'looked at it');
  }
  const [shown] = await platform.fabric.autonomy.show(archivist.name);
  assert.deepEqual([shown?.evidence.clean, shown?.evidence.errors, shown?.evidence.unseen], [12, 1, 0]);
});

test(
  'of what is done at L4, those that their permits choose are reviewed, and no others',
  { timeout: 60_000 },
  async () => {
    await bring('note.sorted', named('sorted', 120));
    await platform.fabric.sweep();
    const { rows } = await platform.pool.query<{ permit: PermitId }>(
      `select permit from reeve.effect where agent = $1 and state = 'done'`,
      [sorter.name],
    );
    const chosen = rows.map(({ permit }) => permit).filter(isSampled);
    const open = await platform.fabric.documents.list<{ permit: PermitId }>('review', { state: 'open' });
    assert.equal(rows.length, 120);
    assert.ok(chosen.length > 0 && chosen.length < 40, `${chosen.length}`);
    assert.deepEqual(open.map(({ content }) => content.permit).toSorted(), chosen.toSorted());
  },
);

test('other policies drop what was earned, at once and on record', { timeout: 120_000 }, async () => {
  await bring('note.written', named('again', 59));
  await approveAll();
  const motion = await promote();
  await platform.fabric.motions.second(ben, motion.id);
  assert.equal(await levelOf(clerk.name), 'L3');
  await platform.fabric.policies.setTenant(ana, TENANT, ANOTHER_POLICY, 'nobody is filed');
  assert.equal(await levelOf(clerk.name), 'L2');
  await bring('note.written', ['under other policies']);
  assert.equal(await stateOf('under other policies'), 'waiting');
  await platform.fabric.sweep();
  const { rows } = await platform.pool.query<{ why: string }>(
    `select body::jsonb -> 'body' ->> 'why' as why from reeve.entry where kind = 'autonomy.changed' order by seq desc limit 1`,
  );
  assert.match(rows[0]?.why ?? '', /another set of policies/);
});

test('after all of it, the record and the journals of the systems agree', { timeout: 30_000 }, async () => {
  const found = await platform.reconcile();
  assert.deepEqual([found?.unlogged, found?.lost, found?.duplicate], [0, 0, 0]);
});

/** Puts people on record, several of them: an answer in advance looks up what each of the two may do. */
async function knowPeople(): Promise<void> {
  await platform.pool.query(`update reeve.document set state = 'over' where kind = 'mode'`);
  for (const { person, name, teams, grants } of [cleo, dora]) {
    await platform.pool.query(
      `insert into reeve.document (kind, id, rev, tenant, state, content, at) values ('person', $1, 1, 'platform', 'active', $2, now())
       on conflict do nothing`,
      [person, JSON.stringify({ name, teams, grants })],
    );
  }
}
