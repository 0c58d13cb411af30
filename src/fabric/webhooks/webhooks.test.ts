import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import type { Change } from '../../ledger/index.ts';
import { handMovedClock } from '../../testing/index.ts';
import { newId, type Document, type Entry, type Principal, type TenantId } from '../../vocabulary/index.ts';
import { memoryDesk } from '../memory-desk.ts';
import { startWebhooks, type Webhook } from './webhooks.ts';

const NORTH = 'north' as TenantId;
const SECRET = 'an argument that nobody outside may see';

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}
let received: Received[] = [];
/** What the receiver answers, first to last; then 200. */
let answers: number[] = [];
const receiver = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
    const status = answers.shift() ?? 200;
    response.writeHead(status, status === 302 ? { location: `http://127.0.0.1:${portOf()}/elsewhere` } : {}).end();
  });
}).listen(0, '127.0.0.1');
before(() => once(receiver, 'listening'));
after(() => receiver.close());
const portOf = () => (receiver.address() as AddressInfo).port;

const operator: Principal = {
  person: newId('person'),
  name: 'Otto',
  teams: [],
  grants: [{ tenant: NORTH, role: 'operator', as: null }],
  via: 'session',
  scopes: null,
  credential: 'tests',
};

/** Webhooks over a record in memory. */
async function world() {
  received = [];
  answers = [];
  const desk = memoryDesk();
  const clock = handMovedClock();
  const entries: Entry[] = [];
  const positions = new Map<string, number>();
  const appended: ((seq: number) => void)[] = [];
  const trouble: string[] = [];
  const start = () =>
    startWebhooks({
      documents: desk.documents,
      clock,
      records: { sourcePosition: async (name) => positions.get(name) ?? 0 },
      writer: {
        async append(change: Change) {
          for (const { name, position } of change.sources ?? []) positions.set(name, position);
          return desk.writer.append(change);
        },
        size: () => entries.length,
        onAppended: (listener) => void appended.push(listener),
      },
      // What `entriesAfter` asks for.
      pool: {
        query: (async (_: string, [from, kinds, tenant]: [number, string[], string | null]) => ({
          rows: entries
            .filter(({ seq, kind }) => seq > from && kinds.includes(kind))
            .filter((one) => tenant === null || one.tenant === tenant)
            .map((entry) => ({ body: JSON.stringify(entry), asked: null })),
        })) as never,
      },
      box: {
        seal: (text, about) => Buffer.from(`${about} ${text}`).toString('base64'),
        open: (sealed, about) =>
          Buffer.from(sealed, 'base64')
            .toString()
            .slice(about.length + 1),
      },
      api: () => 'http://127.0.0.1:4000',
      onTrouble: (what) => trouble.push(what),
    });
  let webhooks = await start();
  return {
    desk,
    clock,
    trouble,
    get webhooks() {
      return webhooks;
    },
    async restart() {
      await webhooks.stop();
      webhooks = await start();
    },
    /** Something that happens. */
    async happens(kind: Entry['kind'], tenant = NORTH) {
      const seq = entries.length + 1;
      const at = new Date(clock.now()).toISOString();
      const body = { approval: `apr_${'0'.repeat(32)}`, reason: SECRET };
      entries.push({ seq, kind, tenant, run: null, agent: null, at, body });
      for (const listener of appended) listener(seq);
      await webhooks.settled();
    },
    async sweep() {
      for (const document of await desk.documents.due(clock.now(), 10)) await webhooks.due(document);
      await webhooks.settled();
    },
    stands: async (id: string) => (await desk.documents.find<Webhook>('webhook', id)) as Document<Webhook>,
  };
}

const wish = () => ({ url: `http://127.0.0.1:${portOf()}/hook`, kinds: ['approval.settled' as const] });

test('what happens is told, signed so that the receiver can check it, and without what it is about', async () => {
  const { webhooks, happens, desk } = await world();
  const { webhook, secret } = await webhooks.create(operator, NORTH, wish());
  await happens('approval.settled');
  await happens('approval.escalated');
  await happens('approval.settled', 'south' as TenantId);
  assert.equal(received.length, 1, 'neither other kinds nor other tenants');
  const [{ headers, body } = { headers: {}, body: '' }] = received;
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  assert.equal(headers['webhook-signature'], `v1,${createHmac('sha256', key).update(signed).digest('base64')}`);
  const said = JSON.parse(body) as { type: string; data: { link: string; tenant: string } };
  assert.deepEqual([said.type, said.data.tenant], ['approval.settled', 'north']);
  assert.equal(said.data.link, `http://127.0.0.1:4000/v1/approvals/apr_${'0'.repeat(32)}`);
  assert.ok(!body.includes(SECRET));
  const kept = JSON.stringify([webhook, await desk.documents.list('webhook'), desk.entries]);
  assert.ok(!kept.includes(secret) && !kept.includes(secret.replace('whsec_', '')), 'the secret is kept sealed only');
  assert.ok(!JSON.stringify(desk.entries).includes('/hook'), 'where it leads is on record, not the whole address');
});

test('what is not taken is sent again, later and later, in order and under the same id, over restarts', async () => {
  const at = await world();
  const { webhook } = await at.webhooks.create(operator, NORTH, wish());
  answers = [500, 302];
  await at.happens('approval.settled');
  await at.happens('approval.settled');
  assert.equal(received.length, 1, 'the second waits for the first');
  assert.equal((await at.stands(webhook.id)).content.failing?.tries, 1);
  await at.sweep();
  assert.equal(received.length, 1, 'not before its time');
  at.clock.advance(5_000);
  await at.restart();
  await at.sweep();
  assert.equal(received.length, 2, 'a redirect is not followed');
  at.clock.advance(5_000);
  await at.sweep();
  assert.equal(received.length, 2, 'later than before');
  at.clock.advance(25_000);
  await at.sweep();
  assert.equal(received.length, 4);
  const ids = received.map(({ headers }) => headers['webhook-id']);
  assert.equal(new Set(ids.slice(0, 3)).size, 1);
  assert.notEqual(ids[3], ids[0]);
  const { content, dueAt } = await at.stands(webhook.id);
  assert.deepEqual([content.failing, dueAt], [null, null]);
  await at.restart();
  await at.webhooks.settled();
  assert.equal(received.length, 4, 'what was taken is not told again');
  assert.deepEqual(at.trouble, []);
});

test('after 24 hours in vain it is dead, on record, and revived it goes on where it stopped', async () => {
  const at = await world();
  const { webhook } = await at.webhooks.create(operator, NORTH, wish());
  answers = Array.from({ length: 100 }, () => 503);
  await at.happens('approval.settled');
  for (let hours = 0; hours < 30 && (await at.stands(webhook.id)).state === 'in-force'; hours++) {
    at.clock.advance(3_600_000);
    await at.sweep();
  }
  assert.equal((await at.stands(webhook.id)).state, 'dead');
  const [created, died] = at.desk.entries.map(({ body }) => body as { state: string; why?: string });
  assert.deepEqual([created?.state, died?.state, died?.why], ['in-force', 'dead', 'it answered 503']);
  const before = received.length;
  await at.happens('approval.settled');
  assert.equal(received.length, before);
  answers = [];
  await at.webhooks.revive(operator, webhook.id);
  await at.webhooks.settled();
  assert.equal(received.length, before + 2);
});

test('a receiver that says it is gone is believed at once', async () => {
  const at = await world();
  const { webhook } = await at.webhooks.create(operator, NORTH, wish());
  answers = [410];
  await at.happens('approval.settled');
  assert.equal((await at.stands(webhook.id)).state, 'dead');
});

test('webhooks are managed where somebody has the right to, and foreign ones are not there', async () => {
  const { webhooks } = await world();
  const { webhook } = await webhooks.create(operator, NORTH, wish());
  const other = { ...operator, grants: [{ tenant: 'south' as TenantId, role: 'operator' as const, as: null }] };
  const viewer = { ...operator, grants: [{ tenant: NORTH, role: 'viewer' as const, as: null }] };
  for (const by of [other, viewer]) {
    await assert.rejects(webhooks.create(by, NORTH, wish()), { code: 'forbidden' });
    await assert.rejects(webhooks.remove(by, webhook.id, 'x'), { code: 'not-found' });
    assert.deepEqual(await webhooks.list(by), []);
  }
  await assert.rejects(webhooks.create(operator, '*', wish()), { code: 'forbidden' });
  for (const url of ['file:///etc/passwd', 'ftp://example.com', 'http://name:word@example.com/', 'nowhere']) {
    await assert.rejects(webhooks.create(operator, NORTH, { ...wish(), url }), { code: 'bad-request' });
  }
  assert.equal((await webhooks.list(operator)).length, 1);
  await webhooks.remove(operator, webhook.id, 'no longer needed');
  assert.deepEqual(await webhooks.list(operator), []);
  await assert.rejects(webhooks.remove(operator, webhook.id, 'again'), { code: 'not-found' });
});
