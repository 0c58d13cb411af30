import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { getTableColumns } from 'drizzle-orm';
import { getTableConfig } from 'drizzle-orm/pg-core';
import { readConfig } from '../../src/host/index.ts';
import { checkReceipt, readVerifierKey, type NoteVerifier } from '../../src/ledger/index.ts';
import { RECORD_TABLES } from '../../src/observe/index.ts';
import { startPlatform, type Platform } from '../../src/platform.ts';
import { knockAt, wrongWith, type Answer, type Ask, type Door } from '../hostile/door.ts';
import { hostileFleet, note } from '../hostile/fleet.ts';

// A whole platform with a small fleet, and a caller who does everything wrong.
const dataDir = mkdtempSync(join(tmpdir(), 'reeve-bad-input-'));
const { fleet, letGo } = hostileFleet();
const MOST_QUEUED = 4;
const CONFIG = {
  dataDir,
  port: 0,
  maxQueuedRuns: MOST_QUEUED,
  concurrencyPerAgent: 2,
  maxBodyBytes: 100_000,
  singleOperatorDelay: 1,
};
const STRUCTURED = { 'content-type': 'application/cloudevents+json' };
let platform: Platform;
let door: Door;

before(
  async () => {
    platform = await startPlatform({ config: readConfig({}, CONFIG), fleets: [fleet] });
    door = knockAt(platform);
  },
  { timeout: 60_000 },
);
after(async () => {
  letGo();
  door?.close();
  await platform?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

async function refused(path: string, ask: Ask, status: number, code: string): Promise<Answer> {
  const answer = await door.ask(path, ask);
  assert.deepEqual([answer.status, answer.code], [status, code], JSON.stringify(answer.body));
  assert.equal(wrongWith(answer), null);
  return answer;
}

const post = (body: NonNullable<Ask['body']>, headers: Record<string, string> = STRUCTURED): Ask => ({
  method: 'POST',
  headers,
  body,
});

async function runsOf(event: unknown): Promise<readonly Record<string, unknown>[]> {
  const { status, body } = await door.ask(`/v1/events/${String(event)}`);
  assert.equal(status, 200);
  return body['runs'] as Record<string, unknown>[];
}

async function until<T>(look: () => Promise<T | null | false>, within = 20_000): Promise<T> {
  const end = Date.now() + within;
  for (;;) {
    const found = await look();
    if (found !== null && found !== false) return found;
    if (Date.now() > end) throw new Error(`it did not come about within ${within} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test('the token lies in the data folder for its owner alone, and nothing else opens the door', async () => {
  assert.equal(platform.token.fresh, true);
  assert.equal(statSync(join(dataDir, 'token')).mode & 0o777, 0o600);
  for (const wrong of ['Bearer x', `Bearer ${platform.token.text.slice(0, -1)}`, 'Basic cmVldmU6cmVldmU=', '']) {
    await refused('/v1/runs', { headers: { authorization: wrong } }, 401, 'unauthorized');
    await refused('/v1/events', post('{}', { ...STRUCTURED, authorization: wrong }), 401, 'unauthorized');
  }
  await refused('/v1/runs', { headers: { host: `evil.example:${new URL(platform.url).port}` } }, 421, 'bad-host');
  assert.equal((await door.ask('/v1/health', { headers: { authorization: '' } })).status, 200);
  assert.equal((await door.ask('/v1/ready', { headers: { authorization: '' } })).status, 200);
});

test('bad-input-is-answered: malformed JSON, wrong schema, unknown type and a foreign media type each get their own clear answer', async () => {
  for (const text of ['{', '', 'null,', '{"id":1,"id":2}', '{"a":{"__proto__":1}}', '["\\ud800"]', '["\\u0000"]'])
    await refused('/v1/events', post(text), 400, 'bad-json');
  await refused('/v1/events', post(Buffer.from([0xff, 0xfe, 0x7b])), 400, 'bad-json');
  await refused('/v1/events', post(`${'['.repeat(50_000)}${']'.repeat(50_000)}`), 400, 'bad-json');
  for (const event of [
    '[]',
    '42',
    '"x"',
    '{}',
    JSON.stringify(note('1', 'x', { specversion: '0.3' })),
    JSON.stringify(note('', 'x')),
  ])
    await refused('/v1/events', post(event), 400, 'bad-event');
  await refused('/v1/events', post(JSON.stringify(note('1', 'x', { source: 'agents/note-keeper' }))), 400, 'bad-event');
  await refused(
    '/v1/events',
    post(JSON.stringify(note('1', 'x', { data: { text: 7 } }))),
    422,
    'event-schema-mismatch',
  );
  await refused('/v1/events', post(JSON.stringify(note('1', 'x', { type: 'no.such' }))), 422, 'unknown-event-type');
  await refused('/v1/events', post('<note/>', { 'content-type': 'text/xml' }), 415, 'unsupported-media-type');
  await refused('/v1/events?tenant=south', post(JSON.stringify(note('1', 'x'))), 400, 'unknown-tenant');
  await refused('/v1/events', { method: 'DELETE' }, 405, 'method-not-allowed');
  await refused('/v1/evnts', {}, 404, 'not-found');
});

test('a body that is too large is refused, whether or not it says so, and the next request is served', async () => {
  const large = JSON.stringify(note('large', 'x'.repeat(CONFIG.maxBodyBytes)));
  await refused('/v1/events', post(large), 413, 'body-too-large');
  const half = Buffer.from(large.slice(0, large.length / 2));
  await refused('/v1/events', post([half, half, half]), 413, 'body-too-large');
  const lie = `POST /v1/events HTTP/1.1\r\nhost: ${new URL(platform.url).host}\r\nauthorization: Bearer ${platform.token.text}\r\n`;
  const said = await door.raw(
    `${lie}content-type: application/cloudevents+json\r\ncontent-length: 99999999999\r\nconnection: close\r\n\r\n{}`,
  );
  assert.match(said, /^HTTP\/1\.1 413 [\s\S]*"code":"body-too-large"/);
  assert.equal((await door.send(note('small', 'x'))).status, 202);
});

test('what is not HTTP gets a problem, too', async () => {
  for (const bytes of [
    '\0\0\0\0\r\n\r\n',
    'GET\r\n\r\n',
    'GET /v1/health HTTP/1.1\r\n: x\r\n\r\n',
    `GET / HTTP/1.1\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
  ])
    assert.match(await door.raw(bytes), /^HTTP\/1\.1 4(00|31) [\s\S]*"code":"bad-request"/, bytes.slice(0, 40));
});

test('an event is taken once, worked on, and its receipt verifies offline', async () => {
  const first = await door.send(note('kept', 'hello'));
  assert.deepEqual([first.status, first.body['state'], first.body['runs']], [202, 'admitted', 1]);
  const again = await door.send(note('kept', 'hello'));
  assert.deepEqual([again.status, again.body['state'], again.body['seq']], [202, 'repeat', first.body['seq']]);
  const run = await until(
    async () => (await runsOf(first.body['event'])).find(({ state }) => state === 'done') ?? null,
  );
  const { body } = await door.ask(`/v1/runs/${String(run['id'])}`);
  assert.deepEqual(
    (body['timeline'] as { kind: string }[]).map(({ kind }) => kind),
    ['event.admitted', 'intent.permitted', 'outcome.recorded', 'run.ended'],
  );
  assert.deepEqual(
    (body['effects'] as { state: string; arguments: unknown }[]).map((effect) => [effect.state, effect.arguments]),
    [['done', { text: 'hello' }]],
  );
  const entry = await until(async () => {
    const asked = await door.ask(String(first.body['receipt']));
    return asked.body['receipt'] === null ? null : asked.body;
  });
  const vkey = readFileSync(platform.host.folder.at('keys/ledger.pub'), 'utf8').trim();
  const proved = checkReceipt(
    String(entry['text']),
    (entry['receipt'] as { proof: string }).proof,
    readVerifierKey(vkey) as NoteVerifier,
  );
  assert.deepEqual([proved.ok, proved.ok && proved.seq], [true, first.body['seq']]);
});

test('a poison event is set aside after three attempts, shows in the status, and holds up nobody', async () => {
  const poison = await door.send(note('poison', 'arsenic', { type: 'note.poisoned', subject: 'shared' }));
  const good = await door.send(note('beside', 'bread', { subject: 'shared' }));
  await until(async () => (await runsOf(good.body['event'])).some(({ state }) => state === 'done'), 5_000);
  const aside = await until(
    async () => (await runsOf(poison.body['event'])).find(({ state }) => state === 'set-aside') ?? null,
  );
  assert.deepEqual([aside['attempts'], aside['why']], [3, 'cannot work on arsenic']);
  const { body } = await door.ask('/v1/status');
  const shown = (body['setAside'] as { id: string; why: string }[]).find(({ id }) => id === aside['id']);
  assert.equal(shown?.why, 'cannot work on arsenic');
});

test('a full queue says so and when to come again, takes nothing it cannot hold, and empties', async () => {
  const send = (i: number) => door.send(note(`slow-${i}`, 'wait', { type: 'note.slow' }));
  const taken: Answer[] = [];
  const full = await until(async () => {
    const answer = await send(taken.length);
    if (answer.status === 202) taken.push(answer);
    return answer.status === 429 ? answer : null;
  });
  assert.deepEqual([full.code, full.headers['retry-after']], ['queue-full', '1']);
  assert.ok(taken.length <= MOST_QUEUED + CONFIG.concurrencyPerAgent, `${taken.length} were taken`);
  const rush = await Promise.all(Array.from({ length: 30 }, (_, i) => send(100 + i)));
  assert.deepEqual([...new Set(rush.map(({ status }) => status))], [429]);
  const { queue } = (await door.ask('/v1/status')).body as { queue: Record<string, number> };
  assert.deepEqual(queue, { queued: MOST_QUEUED, active: CONFIG.concurrencyPerAgent, room: 0, bound: MOST_QUEUED });

  const batch = [note('fits-not', 'x'), note('small', 'x')];
  const mixed = await door.ask(
    '/v1/events',
    post(JSON.stringify(batch), { 'content-type': 'application/cloudevents-batch+json' }),
  );
  assert.equal(mixed.status, 207);
  assert.equal(mixed.headers['retry-after'], '1');

  letGo();
  const retried = await until(async () => ((await send(100)).status === 202 ? true : null));
  assert.equal(retried, true);
  for (const { body } of taken)
    await until(async () => (await runsOf(body['event'])).every(({ state }) => state === 'done'));
});

test('a stopped fleet does nothing until the stop is lifted, and nobody lifts it at once alone', async () => {
  const said = { scope: 'agent:note-keeper', reason: 'drill' };
  const json = { 'content-type': 'application/json' };
  assert.equal((await door.ask('/v1/fences', post(JSON.stringify(said), json))).status, 200);
  const stopped = await door.send(note('stopped', 'x'));
  const run = await until(
    async () => (await runsOf(stopped.body['event'])).find(({ state }) => state !== 'queued') ?? null,
  );
  assert.equal(run['state'], 'refused');
  const stops = async () => {
    const agent = (await door.ask('/v1/agents/note-keeper')).body;
    return (agent['stopped'] as { scope: string }[]).map(({ scope }) => scope);
  };
  assert.deepEqual(await stops(), ['agent:note-keeper']);
  const lift = await door.ask('/v1/fences/lift', post(JSON.stringify(said), json));
  assert.deepEqual([lift.status, lift.body['state']], [202, 'proposed']);
  assert.deepEqual(await stops(), ['agent:note-keeper']);
  // One person runs this installation: a delay takes the place of the second.
  await until(async () => (await stops()).length === 0);
});

test('pages of runs and entries hold each thing once, in order, whatever the filter', async () => {
  for (const query of [
    '',
    '&state=done',
    '&agent=note-keeper',
    '&tenant=north',
    '&type=note.slow',
    '&type=note.slow&state=done&tenant=north',
  ]) {
    const whole = (await door.ask(`/v1/runs?limit=500${query}`)).body['items'] as { id: string; seq: number }[];
    assert.ok(whole.length > 3, query);
    const paged: { id: string; seq: number }[] = [];
    for (let cursor = ''; ;) {
      const { body } = await door.ask(`/v1/runs?limit=2${query}${cursor}`);
      paged.push(...(body['items'] as typeof paged));
      if (body['next'] === null) break;
      cursor = `&cursor=${String(body['next'])}`;
    }
    assert.deepEqual(paged, whole, query);
    assert.deepEqual(
      whole,
      whole.toSorted((a, b) => b.seq - a.seq),
      query,
    );
  }
  for (const query of ['', '&kind=run.ended', '&kind=agent.registered']) {
    const whole = (await door.ask(`/v1/entries?limit=500${query}`)).body['items'] as { seq: number }[];
    const paged: { seq: number }[] = [];
    for (let next: unknown = 0; next !== null;) {
      const { body } = await door.ask(`/v1/entries?limit=3&after=${String(next)}${query}`);
      paged.push(...(body['items'] as typeof paged));
      next = body['next'];
    }
    assert.ok(whole.length >= 3);
    assert.deepEqual(paged, whole, query);
  }
});

test('the tables as they are read are the tables as they are', async () => {
  for (const table of RECORD_TABLES) {
    const { name, schema } = getTableConfig(table);
    const { rows } = await platform.pool.query<{ column_name: string; is_nullable: string }>(
      'select column_name, is_nullable from information_schema.columns where table_schema = $1 and table_name = $2',
      [schema, name],
    );
    const real = new Map(rows.map((row) => [row.column_name, row.is_nullable === 'NO']));
    for (const column of Object.values(getTableColumns(table)))
      assert.equal(real.get(column.name), column.notNull || column.primary, `${name}.${column.name}`);
  }
});

test('pages follow an index also when the record is large', async () => {
  const plan = async (sql: string): Promise<string> => {
    const client = await platform.pool.connect();
    try {
      await client.query('set enable_seqscan = off; set enable_sort = off');
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain ${sql}`);
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    } finally {
      client.release(true);
    }
  };
  const page = 'order by seq desc, id limit 50';
  assert.match(await plan(`select * from reeve.run where seq <= 9 and (seq < 9 or id > 'x') ${page}`), /run_recent/);
  assert.match(await plan(`select * from reeve.run where tenant = 'north' ${page}`), /run_tenant/);
  assert.match(
    await plan(
      `select r.* from reeve.run r join reeve.event e on e.seq = r.seq where e.type = 'x' order by e.seq desc, r.id limit 50`,
    ),
    /event_type/,
  );
  assert.match(
    await plan(
      `select body from reeve.entry where seq > 0 and kind = 'fence.changed' and kind not in ('event.admitted', 'intent.permitted', 'outcome.recorded', 'run.ended') order by seq limit 9`,
    ),
    /entry_rare/,
  );
});

const onLinux = { skip: process.platform !== 'linux' && 'finds the processes of the database in /proc' };

test(
  'while the database does not answer nothing is taken in, and what is sent again afterwards is taken once',
  onLinux,
  async () => {
    const { children } = (await door.ask('/v1/status')).body as { children: { database: { pid: number } } };
    const backends = [children.database.pid, ...childrenOf(children.database.pid)];
    // Frozen, not killed: a killed one is restarted at once, and may be back before the caller has to be told.
    for (const pid of backends) process.kill(pid, 'SIGSTOP');
    try {
      const away = await door.send(note('away', 'x'));
      assert.deepEqual([away.status, away.code, away.headers['retry-after']], [503, 'record-unavailable', '2']);
    } finally {
      for (const pid of backends) process.kill(pid, 'SIGCONT');
    }
    await takenOnce('away');
  },
);

test('a database that is killed takes each event once, whether its sender was told to come again or had to wait', async () => {
  const { children } = (await door.ask('/v1/status')).body as { children: { database: { pid: number } } };
  process.kill(children.database.pid, 'SIGKILL');
  const answer = await door.send(note('killed', 'x'));
  assert.ok(answer.status === 202 || (answer.status === 503 && answer.headers['retry-after'] !== undefined));
  await takenOnce('killed');
});

/** Sends it until it is taken, and looks that this made one run, which ends. */
async function takenOnce(id: string): Promise<void> {
  const back = await until(async () => {
    const answer = await door.send(note(id, 'x'));
    return answer.status === 202 ? answer : null;
  }, 30_000);
  await until(async () => (await runsOf(back.body['event'])).every(({ state }) => state === 'done'));
  assert.equal((await runsOf(back.body['event'])).length, 1);
  await until(async () => (await door.ask('/v1/ready')).status === 200);
}

function childrenOf(pid: number): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}

test('after all of it, journals, effects and ledger agree, and the platform is well', async () => {
  await platform.fabric.idle();
  const { body } = await door.ask('/v1/reconciliation');
  const { unlogged, lost, duplicate } = body['reconciliation'] as Record<string, number>;
  assert.deepEqual([unlogged, lost, duplicate, body['quiet']], [0, 0, 0, true]);
  assert.equal((await door.ask('/v1/ready')).status, 200);
});

test('token-never-leaks: the token is in its file and nowhere else, neither on record nor in a log', async () => {
  const { text } = platform.token;
  const { rows } = await platform.pool.query<{ n: string }>(
    'select count(*) as n from reeve.entry where strpos(body, $1) > 0',
    [text],
  );
  assert.equal(rows[0]?.n, '0');
  // The folder `postgres` is what was just asked for, in the database's own form.
  const files = readdirSync(dataDir, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile() && !/[/]postgres([/]|$)/.test(file.parentPath))
    .map((file) => join(file.parentPath, file.name));
  assert.ok(
    files.some((file) => file.endsWith('.log')),
    files.join(),
  );
  assert.deepEqual(
    files.filter((file) => readFileSync(file).includes(text)),
    [join(dataDir, 'token')],
  );
});
