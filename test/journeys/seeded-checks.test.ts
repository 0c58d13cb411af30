import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readJournal } from '../../src/testing/index.ts';
import { boundDigest, type Approval, type Principal } from '../../src/vocabulary/index.ts';
import { approvalWorld, approver, onRecord, someone, type ApprovalWorld } from './approval-world.ts';

// Requests that can never execute, among real ones; and people at the API, who must not be able to tell before they have answered.
const maria = approver('Maria', 'finance-controller');
const nils = approver('Nils', 'finance-controller');
const audit = someone('Ada', [{ tenant: '*', role: 'auditor', as: null }]);
const tokens = new Map<Principal, string>();
let world: ApprovalWorld;
let bills = 0;

before(
  async () => {
    world = await approvalWorld({ seededChecks: 0.2 });
    await onRecord(world, maria, nils, audit);
    for (const one of [maria, nils, audit]) {
      const wish = { name: 'tests', scopes: null, expiresAt: Date.now() + 3_600_000 };
      tokens.set(one, (await world.platform.fabric.people.makeToken(one, wish)).text);
    }
    // What checks are made of: real requests, decided.
    for (let n = 0; n < 3; n++) {
      const approval = await bring();
      await world.approve(maria, approval);
    }
    await world.quiet();
  },
  { timeout: 120_000 },
);
after(() => world?.close());

const pool = () => world.platform.pool;

type Type = 'bill.received' | 'refund.wanted';

async function bring(type: Type = 'bill.received'): Promise<Approval> {
  const bill = `b-${(bills += 1)}`;
  return world.asked(await world.bring(type, { bill, minor: 20_000 + bills }));
}

interface Open {
  readonly run: string;
  readonly approval: Approval;
}

/** Goes on bringing real requests until one of them has brought a check. */
async function check(type: Type = 'bill.received'): Promise<Open> {
  for (let tries = 0; tries < 120; tries++) {
    await bring(type);
    if (tries % 5 < 4) continue;
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    await world.platform.fabric.sweep();
    const { rows } = await pool().query<{ id: string; approval: string }>(
      `select id, content ->> 'approval' as approval from reeve.document where kind = 'seeded-check' and state = 'open'
         and id in (select run from reeve.approval where tool = $1) limit 1`,
      [type === 'bill.received' ? 'grc.pay' : 'grc.refund'],
    );
    const [found] = rows;
    if (found === undefined) continue;
    const { rows: asked } = await pool().query<Approval & { content: object }>(
      'select id, rev, state, content from reeve.approval where id = $1',
      [found.approval],
    );
    const { content, ...rest } = asked[0] as Approval & { content: object };
    return { run: found.id, approval: { ...rest, ...content } as Approval };
  }
  throw new Error('no check came');
}

async function ask(by: Principal, method: 'GET' | 'POST', path: string, body?: object) {
  const response = await fetch(new URL(path, world.platform.url), {
    method,
    headers: {
      authorization: `Bearer ${tokens.get(by)}`,
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, text, body: JSON.parse(text) as Record<string, unknown> };
}

/** What is there, whatever it says: names of fields, and of what kind each is. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])];
  if (value === null || typeof value !== 'object') return value === null ? 'null' : typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)]));
}

async function effects(run: string) {
  const { rows } = await pool().query<{ state: string }>('select state from reeve.effect where run = $1', [run]);
  return rows.map(({ state }) => state);
}

test('an undecided check looks like any other request, executes never, and is missed by whoever approves it', async () => {
  const { run, approval } = await check();
  const real = await bring();
  for (const who of [maria, audit]) {
    for (const path of [`/v1/approvals/*`, `/v1/runs/+`]) {
      const of = async (one: Approval) => ask(who, 'GET', path.replace('*', one.id).replace('+', one.bound.run));
      const [seeded, other] = [await of(approval), await of(real)];
      assert.equal(seeded.status, 200);
      const plain = (body: Record<string, unknown>) => {
        // Both are asked about the same tool, so earlier ones that are alike may be many or none.
        const { alike: _, ...rest } = body;
        return shapeOf(rest);
      };
      assert.deepEqual(plain(seeded.body), plain(other.body), path);
      assert.doesNotMatch(seeded.text, /seeded|check/i, path);
    }
    const entries = async (one: Approval) => {
      const { body } = await ask(who, 'GET', `/v1/entries?run=${one.bound.run}`);
      return (body['items'] as { kind: string; body: object }[]).map(({ kind, body: said }) => [kind, shapeOf(said)]);
    };
    assert.deepEqual(await entries(approval), await entries(real));
  }

  // Which they are stands in documents that nobody may read before they are decided, whatever tenants they may read.
  const client = await pool().connect();
  try {
    await client.query('begin');
    await client.query('set local role reeve_reader');
    await client.query(`set local reeve.tenants = '*'`);
    const { rowCount } = await client.query(
      `select 1 from reeve.document where kind = 'seeded-check' and state = 'open'`,
    );
    assert.equal(rowCount, 0);
  } finally {
    await client.query('rollback');
    client.release();
  }

  // Somebody sets its run going again: the loop does not get it, and the record would not take it.
  await pool().query(`update reeve.run set state = 'queued' where id = $1`, [run]);
  await world.restart();
  await world.quiet();
  assert.deepEqual(await effects(run), ['waiting']);
  const move = {
    permit: approval.permit,
    seq: 1,
    tool: approval.bound.tool,
    class: 'E1',
    system: null,
    state: 'intent',
    arguments: '{}',
    arguments_digest: '',
    tool_digest: '',
    amount_minor: null,
    currency: null,
    why: '',
  };
  await assert.rejects(forced(move), /does not go on from where it stands/);
  // The same for a real one, to see that it is the check that is refused.
  await forced({ ...move, permit: real.permit });

  const answer = { kind: 'approve', digest: boundDigest(approval.bound), reason: '' };
  const answered = await ask(maria, 'POST', `/v1/approvals/${approval.id}/answer`, answer);
  assert.deepEqual([answered.status, answered.body['state']], [200, 'void']);
  assert.match(String(answered.body['why']), /seeded check/);
  assert.deepEqual(await effects(run), ['refused']);
  await world.quiet();
  // By the system's own journal: real ones were paid, this one never.
  assert.equal(await sentFor(approval.permit), 0);
  const { rows } = await pool().query<{ permit: string }>(
    `select permit from reeve.effect where state = 'done' limit 1`,
  );
  assert.equal(await sentFor(rows[0]?.permit ?? ''), 1);
  const { body } = await ask(maria, 'GET', '/v1/approvers/me');
  assert.deepEqual((body as { checks?: object }).checks, { caught: 0, missed: 1, refresher: false });
});

async function sentFor(permit: string): Promise<number> {
  const journal = join(world.platform.config.dataDir, 'simulator', 'grc.journal.jsonl');
  let times = 0;
  for await (const { key } of readJournal(journal)) if (key === permit) times += 1;
  return times;
}

/** An append as the platform makes it, rolled back. */
async function forced(move: object): Promise<void> {
  const client = await pool().connect();
  try {
    await client.query('begin');
    const { rows } = await client.query<{ seq: string; chain: string; law: string }>(
      `select seq, encode(chain, 'hex') as chain, law from reeve.head`,
    );
    const head = rows[0];
    const change = { at: new Date().toISOString(), head, to: head, entries: [], effectMoves: [move] };
    await client.query('select reeve.append($1::jsonb)', [JSON.stringify(change)]);
  } finally {
    await client.query('rollback');
    client.release();
  }
}

test('who declines or edits a check has caught it, and it is over at once', async () => {
  const declined = await check();
  const no = await ask(nils, 'POST', `/v1/approvals/${declined.approval.id}/answer`, {
    kind: 'decline',
    digest: boundDigest(declined.approval.bound),
    reason: 'that is not what the bill says',
  });
  assert.equal(no.body['state'], 'declined');
  assert.match(String(no.body['why']), /seeded check/);

  const edited = await check();
  const { minor, ...rest } = JSON.parse(edited.approval.bound.argumentsText) as { minor: number };
  const edit = await ask(nils, 'POST', `/v1/approvals/${edited.approval.id}/answer`, {
    kind: 'edit',
    digest: boundDigest(edited.approval.bound),
    arguments: { ...rest, minor: minor + 1 },
    reason: 'as the bill says',
  });
  assert.equal(edit.status, 200, edit.text);
  assert.deepEqual([await effects(declined.run), await effects(edited.run)], [['refused'], ['refused']]);
  const { body } = await ask(audit, 'GET', `/v1/approvers/${nils.person}`);
  assert.deepEqual((body as { checks?: object }).checks, { caught: 2, missed: 0, refresher: false });
  const all = await ask(audit, 'GET', '/v1/approvers');
  assert.ok((all.body['items'] as { person: string }[]).some(({ person }) => person === nils.person));
  // Others’ records are not theirs to see: the same answer as for somebody who does not exist.
  assert.equal((await ask(maria, 'GET', `/v1/approvers/${nils.person}`)).status, 404);
  assert.equal((await ask(maria, 'GET', '/v1/approvers')).status, 403);
});

test('a check among several that are approved together is missed like any other', async () => {
  // Two people answer refunds, by a rule that lets them answer several at once.
  for (let n = 0; n < 2; n++) {
    const approval = await bring('refund.wanted');
    await world.approve(maria, approval);
    await world.approve(nils, await world.asked(`b-${bills}`));
  }
  await world.quiet();
  const before = await missed();
  const one = await check('refund.wanted');
  const real = await bring('refund.wanted');
  const items = [one.approval, real].map((approval) => ({ id: approval.id, digest: boundDigest(approval.bound) }));
  const states: unknown[] = [];
  for (const who of [nils, maria]) {
    const { body } = await ask(who, 'POST', '/v1/approvals/answer', { kind: 'approve', items, reason: 'all fine' });
    states.push((body['results'] as { state: string }[]).map(({ state }) => state));
  }
  // What the first of two people answers does not tell them.
  assert.deepEqual(states, [
    ['pending', 'pending'],
    ['void', 'approved'],
  ]);
  assert.deepEqual(
    await missed(),
    before.map((n) => n + 1),
  );
});

test('after a change of the policies an undecided check ends, and counts for nobody', async () => {
  const before = await missed();
  const { run, approval } = await check();
  await world.enforce(`
@id("large-asked")
@why("what is large is asked for")
@approver("finance-controller")
forbid (principal, action, resource is Reeve::Tool)
when { context.amountMinor > 900000 }
unless { context.approvals.contains("large-asked") };
`);
  await new Promise((resolve) => setTimeout(resolve, 2_100));
  await world.platform.fabric.sweep();
  await world.quiet();
  const { rows } = await pool().query<{ state: string }>(
    `select state from reeve.document where kind = 'seeded-check' and id = $1`,
    [run],
  );
  assert.deepEqual([rows, await effects(run)], [[{ state: 'expired' }], ['refused']]);
  const late = await ask(maria, 'POST', `/v1/approvals/${approval.id}/answer`, {
    kind: 'approve',
    digest: boundDigest(approval.bound),
  });
  assert.equal(late.status, 409);
  assert.deepEqual(await missed(), before);
});

async function missed(): Promise<readonly number[]> {
  const all = await Promise.all([maria, nils].map((who) => ask(who, 'GET', '/v1/approvers/me')));
  return all.map(({ body }) => (body as { checks?: { missed: number } }).checks?.missed ?? -1);
}
