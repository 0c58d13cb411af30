import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../src/host/index.ts';
import { startPlatform, type Platform } from '../../src/platform.ts';
import { knockAt, wrongWith, type Answer, type Ask, type Door } from '../hostile/door.ts';
import { hostileFleet, note } from '../hostile/fleet.ts';
import { jsonTestSuite, naughtyStrings } from '../hostile/inputs.ts';
import type { Proof, Size } from './proof.ts';
import { randomFrom, type Random } from './random.ts';

/** One thing sent to the door; `must` says more than that it is answered well. */
interface Attack {
  readonly kind: string;
  readonly what: string;
  readonly path: string;
  readonly ask: Ask;
  /** Null when the answer is right, else what it should have been. */
  must?(answer: Answer): string | null;
}

/** Every `every`th of each set, from a place by the seed; so many wrong tokens, poison events and oversized bodies. */
const PLANS: Record<
  Size,
  { readonly every: number; readonly tokens: number; readonly poison: number; readonly large: number }
> = {
  full: { every: 1, tokens: 500, poison: 20, large: 20 },
  reduced: { every: 8, tokens: 60, poison: 4, large: 4 },
};
const AT_ONCE = 16;
/** One good event among so many bad ones. */
const GOOD_EVERY = 10;
const MAX_BODY = 1024 * 1024;
const BATCH = 'application/cloudevents-batch+json';

/** Whatever comes in at the door is answered clearly, and does nothing to what came in beside it. */
export const proof: Proof = {
  name: 'bad-input',
  shows:
    'malformed, oversized, mislabelled, unauthorised and poisonous input is answered by a problem with a stable code or taken; nothing breaks, nothing is lost',
  async run({ size, seed, log }) {
    const dataDir = mkdtempSync(join(tmpdir(), 'reeve-proof-bad-input-'));
    const { fleet, letGo } = hostileFleet();
    letGo();
    const trouble: string[] = [];
    const platform = await startPlatform({
      config: readConfig({}, { dataDir, port: 0, maxBodyBytes: MAX_BODY }),
      fleets: [fleet],
      onTrouble: (what) => trouble.push(what),
    });
    const door = knockAt(platform);
    try {
      return await attackAll(platform, door, PLANS[size], randomFrom(seed), log, trouble);
    } finally {
      door.close();
      await platform.stop();
      rmSync(dataDir, { recursive: true, force: true });
    }
  },
};

async function attackAll(
  platform: Platform,
  door: Door,
  plan: (typeof PLANS)[Size],
  random: Random,
  log: (line: string) => void,
  trouble: readonly string[],
): ReturnType<Proof['run']> {
  const attacks = [...attacksBy(plan, random, platform.token.text)];
  const byStatus = new Map<string, number>();
  const wrong: string[] = [];
  /** Every event that was said to be taken. */
  const taken = new Set<string>();
  let done = 0;
  let good = 0;

  const count = (answer: Answer): void => {
    const key = answer.status < 400 ? String(answer.status) : `${answer.status} ${answer.code ?? '?'}`;
    byStatus.set(key, (byStatus.get(key) ?? 0) + 1);
    for (const event of takenBy(answer)) taken.add(event);
  };
  await inParallel(attacks, async (attack) => {
    const answer = await door.ask(attack.path, attack.ask).catch((error: unknown) => String(error));
    done += 1;
    const fault = typeof answer === 'string' ? answer : (wrongWith(answer) ?? attack.must?.(answer) ?? null);
    if (fault !== null) wrong.push(`${attack.kind}: ${attack.what}: ${fault}`);
    if (typeof answer !== 'string') count(answer);
    if (done % GOOD_EVERY === 0) {
      const id = `good-${done}`;
      const beside = await door.send(note(id, 'good'));
      count(beside);
      if (beside.status === 202) good += 1;
      else wrong.push(`good event ${id}: ${beside.status}`);
    }
    if (done % 1_000 === 0) log(`${done} of ${attacks.length} sent, ${wrong.length} answered wrongly`);
  });
  for (const line of wrong.slice(0, 20)) log(`WRONG ${line}`);

  const garbage = await sendGarbage(door, random, plan.large * 5);
  await platform.fabric.idle();
  const ends = await endsOf(door, [...taken]);
  const counts = await platform.counts();
  const reconciliation = await platform.reconcile();
  const ready = (await door.ask('/v1/ready')).status === 200;
  const status = (await door.ask('/v1/status')).body as { setAside: unknown[] };

  const lost = [...ends.values()].filter((end) => end === 'nowhere' || end === 'queued').length;
  const figures = {
    sent: attacks.length,
    answered_wrongly: wrong.length,
    internal_errors: [...byStatus].reduce((sum, [key, n]) => sum + (key.startsWith('5') ? n : 0), 0),
    garbage_sent: garbage.sent,
    garbage_answered_or_closed: garbage.right,
    good_beside: good,
    taken: taken.size,
    events_on_record: counts.events,
    runs_done: counts.runs.done,
    runs_set_aside: counts.runs['set-aside'],
    set_aside_in_status: status.setAside.length,
    taken_and_lost: lost,
    unlogged: reconciliation?.unlogged ?? null,
    lost: reconciliation?.lost ?? null,
    duplicate: reconciliation?.duplicate ?? null,
    ready_after: ready,
    answers: [...byStatus]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, n]) => `${key}: ${n}`)
      .join(', '),
  };
  // Breaking on purpose is told to the log; a bug of the API's own would be, too.
  const bugs = trouble.filter((what) => !what.includes('cannot work on'));
  for (const bug of bugs.slice(0, 5)) log(`TROUBLE ${bug}`);
  const pass =
    wrong.length === 0 &&
    bugs.length === 0 &&
    figures.internal_errors === 0 &&
    garbage.right === garbage.sent &&
    lost === 0 &&
    taken.size === counts.events &&
    counts.runs['set-aside'] === plan.poison &&
    counts.runs.done === taken.size - plan.poison &&
    figures.set_aside_in_status === Math.min(plan.poison, 50) &&
    figures.unlogged === 0 &&
    figures.lost === 0 &&
    figures.duplicate === 0 &&
    ready;
  return { pass, figures };
}

function* attacksBy(plan: (typeof PLANS)[Size], random: Random, token: string): Generator<Attack> {
  const from = random.below(plan.every);
  const some = <T>(all: readonly T[]): T[] => all.filter((_, i) => i % plan.every === from);
  for (const one of some(jsonTestSuite())) yield* jsonAttacks(one);
  for (const [i, text] of some(naughtyStrings().map((string, at) => [at, string] as const)))
    yield* naughtyAttacks(i, text);
  for (let i = 0; i < plan.large; i++) yield* largeAttacks(i, random);
  for (let i = 0; i < plan.tokens; i++) yield tokenAttack(token, random);
  for (let i = 0; i < plan.poison; i++) {
    yield event(note(`poison-${i}`, `poison ${i}`, { type: 'note.poisoned' }), 'poison', `poison ${i}`, statusIs(202));
  }
}

/** A text of the suite as the whole body, as a batch, as binary data, and in the middle of a good event. */
function* jsonAttacks({ name, expect, bytes }: ReturnType<typeof jsonTestSuite>[number]): Generator<Attack> {
  const id = name.replaceAll(/[^A-Za-z0-9.-]/g, '-');
  const post = (kind: string, headers: Record<string, string>, body: Buffer, must?: Attack['must']): Attack => ({
    kind: `json ${kind}`,
    what: name,
    path: '/v1/events',
    ask: { method: 'POST', headers, body },
    ...(must && { must }),
  });
  const neverTaken = (answer: Answer) => (takenBy(answer).length > 0 ? 'it was taken' : null);
  yield post('whole', { 'content-type': 'application/cloudevents+json' }, bytes, neverTaken);
  yield post('batch', { 'content-type': BATCH }, bytes, neverTaken);
  const attributes = {
    'ce-specversion': '1.0',
    'ce-id': `binary-${id}`,
    'ce-source': 'tests',
    'ce-type': 'note.written',
    'ce-subject': id,
  };
  yield post('binary', { 'content-type': 'application/json', ...attributes }, bytes, neverTaken);
  const [before = '', after = ''] = JSON.stringify(
    note(`inside-${id}`, name, { data: { text: name, payload: '@' } }),
  ).split('"@"');
  const inside = Buffer.concat([Buffer.from(before), bytes, Buffer.from(after)]);
  const must = (answer: Answer): string | null => {
    if (expect === 'reject') return answer.code === 'bad-json' ? null : 'it should have been refused as bad-json';
    if (expect === 'accept' && answer.status !== 202 && answer.code !== 'bad-json') return 'it should have been taken';
    return null;
  };
  yield post('inside', { 'content-type': 'application/cloudevents+json' }, inside, must);
}

/** A string in every place where one may stand. */
function* naughtyAttacks(i: number, text: string): Generator<Attack> {
  const what = `string ${i}`;
  const escaped = encodeURIComponent(text.toWellFormed());
  const isText = !text.includes('\u0000') && text.isWellFormed();
  yield event(note(`text-${i}`, text), 'string as text', what, isText ? statusIs(202) : undefined);
  yield event(note(`key-${i}`, 'x', { data: { text: 'x', payload: { [text]: text } } }), 'string as key', what);
  yield event(note(`id-${i}`, 'x', { id: text }), 'string as id', what);
  yield event(note(`subject-${i}`, 'x', { subject: text }), 'string as subject', what);
  yield event(note(`source-${i}`, 'x', { source: text }), 'string as source', what);
  yield event(note(`type-${i}`, 'x', { type: text }), 'string as type', what);
  yield event(note(`time-${i}`, 'x', { time: text }), 'string as time', what);
  const headers = { 'ce-specversion': '1.0', 'ce-id': `header-${i}`, 'ce-source': 'tests', 'ce-type': 'note.written' };
  yield {
    kind: 'string as header',
    what,
    path: '/v1/events',
    ask: {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', 'ce-subject': escaped },
      body: '{"text":"x"}',
    },
  };
  for (const path of [
    `/v1/runs?agent=${escaped}&tenant=${escaped}`,
    `/v1/runs?cursor=${escaped}`,
    `/v1/runs?type=${escaped}&limit=1`,
    `/v1/entries?kind=${escaped}`,
    `/v1/entries/${escaped}`,
    `/v1/events/${escaped}`,
    `/v1/agents/${escaped}`,
    `/v1/runs?${escaped}`,
    `/${escaped}`,
  ])
    yield { kind: 'string as path', what: `${what} ${path.slice(0, 14)}`, path, ask: {} };
}

/** Larger than 1 MiB, with its length, without it, and as one that cannot be told from a good one until it is too long. */
function* largeAttacks(i: number, random: Random): Generator<Attack> {
  const size = MAX_BODY + 1 + random.below(MAX_BODY);
  const headers = { 'content-type': random.hit(0.5) ? 'application/cloudevents+json' : BATCH };
  const body = Buffer.from(JSON.stringify(note(`large-${i}`, 'x'.repeat(size))));
  const attack = (what: string, sent: Ask['body'], must: Attack['must']): Attack => ({
    kind: 'large',
    what: `${what} of ${size} bytes`,
    path: '/v1/events',
    ask: { method: 'POST', headers, ...(sent !== undefined && { body: sent }) },
    ...(must && { must }),
  });
  const third = Math.ceil(body.length / 3);
  yield attack('with length', body, codeIs('body-too-large'));
  yield attack(
    'in chunks',
    [body.subarray(0, third), body.subarray(third, 2 * third), body.subarray(2 * third)],
    codeIs('body-too-large'),
  );
  yield attack('deep', '['.repeat(MAX_BODY), codeIs('bad-json'));
  yield attack(
    'wide',
    `{${Array.from({ length: 50_000 }, (_, n) => `"${n}":${n}`).join(',')},"1":1}`,
    codeIs('bad-json'),
  );
}

/** The right token with something wrong about it. */
function tokenAttack(token: string, random: Random): Attack {
  const at = random.below(token.length);
  const other = random.pick(Array.from('0123456789abcdefxyz'));
  const wrong = random.pick([
    token.slice(0, at) + (token[at] === other ? '-' : other) + token.slice(at + 1),
    token.slice(0, at),
    token + other,
    token.toUpperCase(),
    `${token} ${token}`,
    '',
  ]);
  const scheme = random.pick(['Bearer ', 'bearer ', 'Basic ', '', 'Token ']);
  const path = random.pick([
    '/v1/events',
    '/v1/runs',
    '/v1/status',
    '/v1/agents',
    '/v1/fences',
    '/v1/openapi.json',
    '/v1/none',
  ]);
  const ask = { method: random.pick(['GET', 'POST', 'DELETE']), headers: { authorization: scheme + wrong } };
  // After many wrong ones it is told to wait, and no more let in than before.
  const must: Attack['must'] = (answer) =>
    answer.code === 'too-many-attempts' ? null : codeIs('unauthorized')(answer);
  return { kind: 'token', what: `${scheme}${wrong.length} characters`, path, ask, must };
}

function event(body: unknown, kind: string, what: string, must?: Attack['must']): Attack {
  const headers = { 'content-type': 'application/cloudevents+json' };
  return {
    kind,
    what,
    path: '/v1/events',
    ask: { method: 'POST', headers, body: JSON.stringify(body) },
    ...(must && { must }),
  };
}

function statusIs(status: number): NonNullable<Attack['must']> {
  return (answer) =>
    answer.status === status ? null : `${answer.status} \`${answer.code ?? ''}\` instead of ${status}`;
}

function codeIs(code: string): NonNullable<Attack['must']> {
  return (answer) => (answer.code === code ? null : `${answer.status} \`${answer.code ?? ''}\` instead of \`${code}\``);
}

/** Bytes that are no HTTP: each is answered with a problem, or the connection ends. */
async function sendGarbage(door: Door, random: Random, times: number): Promise<{ sent: number; right: number }> {
  let right = 0;
  for (let i = 0; i < times; i++) {
    const bytes = Buffer.from(Array.from({ length: 1 + random.below(400) }, () => random.below(256)));
    const said = await door.raw(Buffer.concat([bytes, Buffer.from('\r\n\r\n')]));
    if (said === '' || /^HTTP\/1\.1 4\d\d [\s\S]*application\/problem\+json[\s\S]*"code":"bad-request"/.test(said))
      right += 1;
  }
  return { sent: times, right };
}

/** Events that this answer says are on record. */
function takenBy({ status, body }: Answer): readonly string[] {
  if (status !== 202 && status !== 207) return [];
  const results = body['results'] as { taken?: { event: string } }[] | undefined;
  if (results !== undefined) return results.flatMap(({ taken }) => (taken === undefined ? [] : [taken.event]));
  return [String(body['event'])];
}

/** Where each event that was taken has got to: the state of its run. */
async function endsOf(door: Door, events: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const ends = new Map<string, string>();
  await inParallel(events, async (id) => {
    const { body } = await door.ask(`/v1/events/${id}`);
    const [run] = (body['runs'] as { state: string }[] | undefined) ?? [];
    ends.set(id, run?.state ?? 'nowhere');
  });
  return ends;
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const item of queue) await work(item);
    }),
  );
}
