import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import { runCli } from '../../src/cli/cli.ts';
import { publishDiscovery } from '../../src/cli/discovery.ts';
import { program } from '../../src/cli/program.ts';
import { type Principal, type TenantId } from '../../src/vocabulary/index.ts';
import { TENANT } from './approval-fleet.ts';
import { approvalWorld, approver, onRecord, someone, type ApprovalWorld } from './approval-world.ts';

// People at the API and at the command line, each with a credential of their own.
const maria = approver('Maria', 'finance-controller');
const nils = approver('Nils', 'finance-controller');
const dirk = approver('Dirk', 'petty-cash');
const viewer = someone('Vera', [{ tenant: TENANT as TenantId, role: 'viewer', as: null }]);
const operator = someone('Otto', [{ tenant: TENANT as TenantId, role: 'operator', as: null }]);
const stranger = someone('Stella', [
  { tenant: 'elsewhere' as TenantId, role: 'approver', as: 'finance-controller' },
  { tenant: 'elsewhere' as TenantId, role: 'operator', as: null },
]);
const tokens = new Map<Principal, string>();
let world: ApprovalWorld;

before(
  async () => {
    world = await approvalWorld();
    const people = [maria, nils, dirk, viewer, operator, stranger];
    await onRecord(world, ...people);
    for (const one of people) {
      const wish = { name: 'tests', scopes: null, expiresAt: Date.now() + 3_600_000 };
      tokens.set(one, (await world.platform.fabric.people.makeToken(one, wish)).text);
    }
    const { url, config } = world.platform;
    publishDiscovery(config.dataDir, { url, pid: process.pid, startedAt: new Date().toISOString() });
  },
  { timeout: 90_000 },
);
after(() => world?.close());

type Body = Record<string, unknown> & { items: Body[]; results: Body[]; you: { may: boolean; why: string } };

async function ask(by: Principal | null, method: 'GET' | 'POST', path: string, body?: object) {
  const token = by === null ? null : tokens.get(by);
  const response = await fetch(new URL(path, world.platform.url), {
    method,
    headers: {
      ...(token !== null && { authorization: `Bearer ${token}` }),
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Body };
}

async function asked(bill: string, minor = 50_000) {
  const approval = await world.asked(await world.bring('bill.received', { bill, minor }));
  return { ...approval, path: `/v1/approvals/${approval.id}` };
}

test('an approver sees exactly what would be executed, why it was stopped, and what silence means', async () => {
  const { path } = await asked('api-1');
  const { status, body } = await ask(maria, 'GET', path);
  assert.equal(status, 200);
  assert.deepEqual(body['arguments'], { bill: 'api-1', minor: 50_000 });
  assert.equal(body['argumentsText'], '{"bill":"api-1","minor":50000}');
  assert.deepEqual([body['class'], body['system'], body['silence']], ['E1', 'grc', 'refused']);
  assert.deepEqual(body['policies'], ['amount-over-limit']);
  assert.equal(body.you.may, true);
  assert.ok(
    (body['rendered'] as string[][]).some(([name, value]) => name === 'arguments' && value === body['argumentsText']),
  );
  const list = await ask(maria, 'GET', '/v1/approvals?mine=true&limit=1');
  assert.equal(list.body.items.length, 1);
});

test('without a credential, without the right, or from another tenant there is nothing to answer', async () => {
  const { path, id, bound } = await asked('api-2');
  assert.equal((await ask(null, 'GET', path)).status, 401);
  const seen = (await ask(viewer, 'GET', path)).body;
  assert.match(seen.you.why, /needs the right/);
  const approve = { kind: 'approve', digest: seen['digest'] };
  assert.deepEqual((await ask(viewer, 'POST', `${path}/answer`, approve)).status, 403);
  // What is another tenant's is not there: the same answer as for what does not exist.
  const foreign = await ask(stranger, 'POST', `${path}/answer`, approve);
  const nobodys = await ask(stranger, 'POST', `/v1/approvals/apr_${'0'.repeat(32)}/answer`, approve);
  assert.deepEqual([foreign.status, foreign.body['code']], [404, 'approval-not-found']);
  assert.deepEqual([nobodys.status, nobodys.body['code']], [404, 'approval-not-found']);
  assert.equal((await ask(stranger, 'GET', path)).status, 404);
  assert.deepEqual((await ask(stranger, 'GET', '/v1/approvals')).body.items, []);
  const batch = { kind: 'approve', items: [{ id, digest: seen['digest'] }] };
  assert.equal(
    (await ask(stranger, 'POST', '/v1/approvals/answer', batch)).body.results[0]?.['code'],
    'approval-not-found',
  );
  assert.deepEqual(await world.done(bound.resource), []);
});

test('an answer names the question that was seen: with another digest nothing happens', async () => {
  const { path, bound } = await asked('api-3');
  const { digest } = (await ask(maria, 'GET', path)).body;
  const other = `sha256:${'0'.repeat(64)}`;
  const wrong = await ask(maria, 'POST', `${path}/answer`, { kind: 'approve', digest: other });
  assert.deepEqual([wrong.status, wrong.body['code']], [409, 'changed-meanwhile']);
  for (const bad of [
    { kind: 'approve' },
    { kind: 'decline', digest },
    { kind: 'always', digest },
    { kind: 'approve', digest, force: true },
  ]) {
    assert.equal((await ask(maria, 'POST', `${path}/answer`, bad)).status, 400);
  }
  const right = await ask(maria, 'POST', `${path}/answer`, { kind: 'approve', digest, reason: 'checked' });
  assert.deepEqual([right.status, right.body['state']], [200, 'approved']);
  await world.quiet();
  assert.equal((await world.done(bound.resource)).length, 1);
  const found = (await ask(maria, 'GET', path)).body;
  assert.deepEqual([found['state'], (found['votes'] as Body[])[0]?.['person']], ['consumed', maria.person]);
});

test('who asks for more is answered on record, and an edit shows both versions', async () => {
  const { path, bound } = await asked('api-4', 700_000);
  const { digest } = (await ask(maria, 'GET', path)).body;
  assert.equal(
    (await ask(maria, 'POST', `${path}/remarks`, { to: 'agent-owner', text: 'which contract?' })).status,
    200,
  );
  assert.equal((await ask(viewer, 'POST', `${path}/remarks`, { to: 'approvers', text: 'mine' })).status, 403);
  const edit = { kind: 'edit', digest, arguments: { bill: 'api-4', minor: 600_000 }, reason: 'discount' };
  assert.equal((await ask(maria, 'POST', `${path}/answer`, edit)).status, 200);
  const after = (await ask(nils, 'GET', path)).body;
  assert.deepEqual((after['original'] as Body)['argumentsText'], bound.argumentsText);
  assert.equal((after['remarks'] as Body[]).length, 1);
  const stale = await ask(nils, 'POST', `${path}/answer`, { kind: 'approve', digest });
  assert.equal(stale.status, 409);
  const yes = await ask(nils, 'POST', `${path}/answer`, { kind: 'approve', digest: after['digest'] });
  assert.equal(yes.body['state'], 'approved');
  await world.quiet();
  assert.equal((await world.done(bound.resource)).length, 1);
});

test('delegations are made, listed, used and taken back, and nobody lends what they do not bear', async () => {
  const until = new Date(Date.now() + 3_600_000).toISOString();
  const wish = { to: dirk.person, tenant: TENANT, until, reason: 'leave' };
  assert.equal((await ask(viewer, 'POST', '/v1/delegations', wish)).status, 403);
  assert.equal((await ask(maria, 'POST', '/v1/delegations', { ...wish, names: ['chief'] })).status, 403);
  assert.equal((await ask(maria, 'POST', '/v1/delegations', { ...wish, to: viewer.person })).status, 400);
  const made = await ask(maria, 'POST', '/v1/delegations', wish);
  assert.deepEqual([made.status, made.body['names']], [201, ['finance-controller']]);
  assert.equal((await ask(dirk, 'GET', '/v1/delegations')).body.items.length, 1);
  const { path } = await asked('api-5');
  const { digest, you } = (await ask(dirk, 'GET', path)).body;
  assert.equal(you.may, true);
  assert.equal(
    (await ask(dirk, 'GET', '/v1/approvals?mine=true')).body.items.some(({ digest: one }) => one === digest),
    true,
  );
  assert.equal((await ask(dirk, 'POST', `${path}/answer`, { kind: 'approve', digest })).status, 200);
  const revoke = `/v1/delegations/${String(made.body['id'])}/revoke`;
  assert.equal((await ask(viewer, 'POST', revoke, { reason: 'x' })).status, 404);
  assert.equal((await ask(maria, 'POST', revoke, { reason: 'back' })).status, 200);
  assert.deepEqual((await ask(dirk, 'GET', '/v1/delegations')).body.items, []);
  await world.quiet();
});

test('a webhook tells that somebody is asked; its link opens nothing without a credential of one’s own', async () => {
  const received: { headers: IncomingHttpHeaders; body: string }[] = [];
  let fail = true;
  const receiver = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      received.push({ headers: request.headers, body: Buffer.concat(parts).toString() });
      response.writeHead(fail ? 500 : 204).end();
      fail = false;
    });
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  try {
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
    const wish = { url, kinds: ['intent.parked'], tenant: TENANT };
    assert.equal((await ask(maria, 'POST', '/v1/webhooks', wish)).status, 403);
    assert.equal((await ask(stranger, 'POST', '/v1/webhooks', wish)).status, 403);
    const made = await ask(operator, 'POST', '/v1/webhooks', wish);
    assert.equal(made.status, 201);
    const { path, id } = await asked('hook-1');
    // The first try fails; the second comes by itself, some seconds later.
    for (let n = 0; received.length < 2 && n < 120; n++) await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(received.length, 2);
    const [{ headers, body }] = received.slice(-1) as [{ headers: IncomingHttpHeaders; body: string }];
    assert.equal(headers['webhook-id'], received[0]?.headers['webhook-id']);
    const key = Buffer.from(String(made.body['secret']).slice('whsec_'.length), 'base64');
    const mac = createHmac('sha256', key)
      .update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`)
      .digest('base64');
    assert.equal(headers['webhook-signature'], `v1,${mac}`);
    assert.ok(!body.includes('50000'), 'nothing of what it is about');
    const { data } = JSON.parse(body) as { data: { approval: string; link: string } };
    assert.deepEqual([data.approval, new URL(data.link).pathname], [id, path]);
    assert.equal((await fetch(data.link)).status, 401);
    const listed = (await ask(operator, 'GET', '/v1/webhooks')).body.items;
    assert.equal(listed.length, 1);
    assert.ok(!JSON.stringify(listed).includes('whsec_'));
    const removed = await ask(operator, 'POST', `/v1/webhooks/${String(made.body['id'])}/remove`, { reason: 'done' });
    assert.equal(removed.status, 200);
  } finally {
    receiver.close();
  }
});

/** Types a command, as one of the people, away from a terminal. */
async function reeve(by: Principal, ...args: string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const whole = [...args, '--data-dir', world.platform.config.dataDir, '--token', tokens.get(by) ?? ''];
  const exit = await runCli(whole, { stdout, stderr, stdin: Readable.from([]) }, program);
  const text = (stream: PassThrough) => ((stream.read() as Buffer | null) ?? '').toString();
  return { exit, stdout: text(stdout), stderr: text(stderr) };
}

test('at the command line hidden characters are seen, and nobody approves what they were not shown', async () => {
  const bill = 'cli\u200b-1\u202e';
  const { id } = await asked(bill);
  const shown = await reeve(maria, 'approval', 'show', id);
  assert.equal(shown.exit, 0, shown.stderr);
  assert.match(shown.stdout, /arguments +\{"bill":"cli\\u\{200b\}-1\\u\{202e\}","minor":50000\}/);
  assert.match(shown.stdout, /hidden characters in the arguments/);
  assert.ok(!shown.stdout.includes('\u200b') && !shown.stdout.includes('\u202e'));
  assert.match(shown.stdout, /silence refuses it/);
  const nobody = await reeve(maria, 'approval', 'approve', id);
  assert.deepEqual([nobody.exit, /nobody is here to be asked/.test(nobody.stderr)], [2, true]);
  const other = await reeve(maria, 'approval', 'approve', id, '--yes', '--digest', `sha256:${'0'.repeat(64)}`);
  assert.deepEqual([other.exit, /not the question any more/.test(other.stderr)], [2, true]);
  assert.equal((await world.asked(bill)).votes.length, 0);
  const declined = await reeve(maria, 'approval', 'decline', id, '--yes', '--reason', 'what is in that name?');
  assert.deepEqual([declined.exit, /declined by Maria/.test(declined.stdout)], [0, true], declined.stderr);
  await world.quiet();
  assert.deepEqual(await world.done(bill), []);
});

test('at the command line: approved, edited, asked, delegated; each says what came of it', async () => {
  const { id } = await asked('cli-2', 700_000);
  assert.equal((await reeve(maria, 'approval', 'ask', id, 'which contract?')).exit, 0);
  const list = await reeve(maria, 'approval', 'list', '--mine', '--json');
  assert.ok((JSON.parse(list.stdout) as Body).items.some((one) => one['id'] === id));
  const first = await reeve(maria, 'approval', 'approve', id, '--yes', '--json');
  assert.equal((JSON.parse(first.stdout) as Body)['state'], 'pending');
  assert.equal((await reeve(maria, 'approval', 'withdraw', id)).exit, 0);
  assert.equal((await world.asked('cli-2')).votes.length, 0);
  assert.equal((await reeve(maria, 'approval', 'approve', id, '--yes')).exit, 0);
  assert.match((await reeve(nils, 'approval', 'approve', id, '--yes')).stdout, /approved/);
  await world.quiet();
  assert.equal((await world.done('cli-2')).length, 1);

  const bills: string[] = [];
  for (const n of [1, 2])
    bills.push((await world.asked(await world.bring('refund.wanted', { bill: `cli-b${n}`, minor: n }))).id);
  assert.equal((await reeve(maria, 'approval', 'approve', ...bills, '--yes')).exit, 0);
  assert.equal((await reeve(nils, 'approval', 'approve', ...bills, '--yes')).exit, 0);
  await world.quiet();
  assert.equal((await world.done('cli-b1')).length + (await world.done('cli-b2')).length, 2);

  const lend = ['approval', 'delegate', '--to', dirk.person, '--tenant', TENANT, '--for', '1d', '--reason', 'leave'];
  const lent = JSON.parse((await reeve(maria, ...lend, '--json')).stdout) as { id: string };
  assert.match((await reeve(dirk, 'delegation', 'list')).stdout, new RegExp(lent.id));
  assert.equal((await reeve(maria, 'delegation', 'revoke', lent.id, '--reason', 'back')).exit, 0);
  const none = await reeve(stranger, 'approval', 'show', id);
  assert.deepEqual([none.exit, /there is no approval/.test(none.stderr)], [2, true]);
});
