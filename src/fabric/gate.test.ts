import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pool } from 'pg';
import { z } from 'zod';
import { createRegistry } from '../fleet/index.ts';
import {
  createJudge,
  createPermits,
  loadLaw,
  parseLaw,
  readPolicySet,
  tightenedBy,
  type Law,
} from '../govern/index.ts';
import { LawMoved, type Change, type LedgerWriter } from '../ledger/index.ts';
import { agent, fleet, http, on, tool } from '../sdk/index.ts';
import { handMovedClock } from '../testing/index.ts';
import {
  derivedId,
  digest,
  digestText,
  NO_LABEL,
  type DecisionTemplate,
  type Event,
  type Intent,
  type Run,
  NO_TRAIL,
  type Approval,
} from '../vocabulary/index.ts';
import { createReservations } from './budgets/reservations.ts';
import { createGate } from './gate.ts';
import { createBeside, type Beside } from './policies/beside.ts';
import type { Standing } from './standing.ts';

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
const law = loadLaw();

const event: Event = {
  id: derivedId('event', 'x'),
  tenant: clerk.tenant,
  type: 'case.opened',
  source: 'tests',
  sourceId: 'x',
  subject: 'case-1',
  time: '2026-06-10T10:00:00Z',
  data: { n: 1 },
  dataDigest: digest({ n: 1 }),
  label: NO_LABEL,
  dedupeKey: 'x',
  principal: null,
  root: derivedId('event', 'x'),
  depth: 0,
  trail: NO_TRAIL,
  seq: 1,
};
const run: Run = {
  id: derivedId('run', 'x'),
  tenant: clerk.tenant,
  agent: clerk.name,
  agentVersion: clerk.version,
  event: event.id,
  seq: 1,
  subject: event.subject,
  attempts: 0,
};
const intent: Intent = {
  tenant: clerk.tenant,
  run: run.id,
  step: 0,
  agent: clerk.name,
  agentVersion: clerk.version,
  tool: post.name,
  toolDigest: post.digest,
  arguments: { n: 1 },
  argumentsText: '{"n":1}',
  argumentsDigest: digestText('{"n":1}'),
  amount: null,
  resource: event.subject,
  why: 'told so',
  evidence: [],
  label: NO_LABEL,
  trail: NO_TRAIL,
};

/** A gate whose record is `append`, and the permits that it issued. */
function gateOn(
  append: (change: Change) => Promise<number>,
  standings: readonly Standing[],
  judge = createJudge(),
  beside?: Beside,
) {
  const issued: string[] = [];
  const permits = createPermits();
  let at = 0;
  const gate = createGate({
    registry,
    judge,
    ...(beside && { beside }),
    clock: handMovedClock(),
    environment: 'development',
    approvals: { latestOf: () => Promise.resolve(null), gone: () => Promise.resolve([]) },
    reservations: createReservations({ clock: handMovedClock() }),
    revision: () => Promise.resolve(null),
    writer: { append } as unknown as LedgerWriter,
    permits: {
      ...permits,
      issue(permitted, now) {
        issued.push(permitted.id);
        return permits.issue(permitted, now);
      },
    },
    standing: () => standings[at] as Standing,
    reload: async () => {
      at += 1;
    },
  });
  const pass = (changed: Partial<Intent> = {}) =>
    gate(
      { run: { ...run, id: changed.run ?? run.id }, agent: clerk, event },
      { ...intent, ...changed },
      post.with({ n: 1 }, 'told so'),
    );
  return { issued, pass };
}

/** Of one law for all. */
const under = (one: Law) => ({ law: one, lawOf: () => one, tightened: [], logOnlyOf: () => null });
const calm: Standing = {
  ...under(law),
  number: 1,
  fences: new Map(),
  authors: [],
  documents: new Map(),
  single: false,
};
const stopped: Standing = {
  ...calm,
  number: 2,
  fences: new Map([
    ['everything', { scope: 'everything', stopped: true, epoch: 1, reason: 'tests', tenant: '*', by: null }],
  ]),
};

test('write-before-act: no permit is issued until the intent is durable', async () => {
  const durable = Promise.withResolvers<number>();
  const written: Change[] = [];
  const { issued, pass } = gateOn(
    (change) => {
      written.push(change);
      return durable.promise;
    },
    [calm],
  );
  const passing = pass();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual([written[0]?.entries[0]?.kind, written[0]?.effects?.[0]?.state], ['intent.permitted', 'intent']);
  assert.deepEqual(issued, []);
  durable.resolve(1);
  const passage = await passing;
  assert.equal(passage.kind === 'permitted' && passage.permit.id, written[0]?.effects?.[0]?.permit);
  assert.equal(issued.length, 1);
});

test('write-before-act: when the record cannot be written there is no permit', async () => {
  const { issued, pass } = gateOn(() => Promise.reject(new Error('disk full')), [calm]);
  await assert.rejects(pass(), /disk full/);
  assert.deepEqual(issued, []);
});

test('what was judged under a law that has moved is judged again, and a stop that came between holds', async () => {
  const kinds: (string | undefined)[] = [];
  const { issued, pass } = gateOn(
    async (change) => {
      kinds.push(change.entries[0]?.kind);
      if (change.judgedUnder === 1) throw new LawMoved('moved');
      return 1;
    },
    [calm, stopped],
  );
  const passage = await pass();
  assert.deepEqual(kinds, ['intent.permitted', 'intent.refused']);
  assert.equal(passage.kind === 'stopped' && passage.end.state, 'refused');
  assert.deepEqual(issued, []);
});

test('what was put before the law goes on record with the first intent that it was put for, and again only if that failed', async () => {
  const sent: Change[] = [];
  let fail = true;
  const { pass } = gateOn(
    async (change) => {
      sent.push(change);
      if (fail) throw new Error('disk full');
      return 1;
    },
    [calm],
  );
  await assert.rejects(pass(), /disk full/);
  fail = false;
  await pass();
  await pass();
  assert.deepEqual(
    sent.map(({ cases }) => cases?.length ?? 0),
    [1, 1, 0],
  );
  const [about] = sent[0]?.cases ?? [];
  assert.ok(about !== undefined);
  for (const { entries } of sent) assert.equal((entries[0]?.body as { case?: string } | undefined)?.case, about.digest);
});

test('an approval is for one intent, one version, one law and one rule', async () => {
  const asked: string[] = [];
  const ask = async (policy: string, standing: Standing, changed?: Partial<Intent>) => {
    const gate = gateOn(
      async ({ approvals }) => {
        const asking = approvals?.[0]?.content as Approval | undefined;
        asked.push(digest({ ...asking?.bound, nonce: '' }));
        return 1;
      },
      [standing],
      () => ({
        verdict: { kind: 'needs-approval', policies: [policy], roles: ['owner'], expiresInSeconds: 60 },
        about: null,
      }),
    );
    await gate.pass(changed);
  };
  await ask('every-act-approved', calm);
  await ask('every-act-approved', calm);
  await ask('amount-over-limit', calm);
  await ask('every-act-approved', { ...calm, ...under({ ...law, digest: digest('another law') }) });
  await ask('every-act-approved', calm, { run: derivedId('run', 'y') });
  await ask('every-act-approved', calm, { agentVersion: digest('another version') });
  await ask('every-act-approved', calm, { argumentsText: '{"n":2}' });
  await ask('every-act-approved', calm, { toolDigest: digest('another tool') });
  assert.equal(asked[0], asked[1]);
  assert.equal(new Set(asked).size, asked.length - 1);
});

test('a tenant is judged by its own law, and that law is named on record', async () => {
  const strict = tightenedBy(law, clerk.tenant, '@id("own-halt") @why("tea") forbid (principal, action, resource);');
  const written: Change[] = [];
  const { issued, pass } = gateOn(
    (change) => Promise.resolve(written.push(change)),
    [{ ...calm, lawOf: (tenant) => (tenant === clerk.tenant ? strict : law) }],
  );
  assert.equal((await pass()).kind, 'stopped');
  const body = written[0]?.entries[0]?.body as
    | { law: { policies: string }; verdict: { policies: string[] } }
    | undefined;
  assert.deepEqual([body?.law.policies, body?.verdict.policies], [strict.digest, ['own-halt']]);
  assert.deepEqual(issued, []);
});

test('what a set that only watches would have said is on the entry, counted when it is durable, and decides nothing', async () => {
  const { policies, schema, rules } = readPolicySet();
  const halt = '@id("halt") @why("tea") forbid (principal, action, resource);';
  const watching = parseLaw(`${policies}\n${halt}`, schema, 'beside', rules);
  const judge = createJudge();
  const beside = createBeside({ pool: { query: () => Promise.resolve({ rows: [] }) } as unknown as Pool, judge });
  await beside.watch({ digest: watching.digest, since: 0 });
  const written: Change[] = [];
  let away = true;
  const { issued, pass } = gateOn(
    (change) => (away ? Promise.reject(new Error('away')) : Promise.resolve(written.push(change))),
    [{ ...calm, logOnlyOf: () => watching }],
    judge,
    beside,
  );
  await assert.rejects(pass());
  assert.equal(beside.report()?.judged, 0);
  away = false;
  assert.equal((await pass()).kind, 'permitted');
  assert.equal(issued.length, 1);
  const body = written[0]?.entries[0]?.body as { logOnly: unknown } | undefined;
  assert.deepEqual(body?.logOnly, { digest: watching.digest, from: 'permitted', to: 'refused', policies: ['halt'] });
  assert.deepEqual([beside.report()?.judged, beside.report()?.flipped], [1, 1]);
});
