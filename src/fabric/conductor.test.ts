import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { createRegistry } from '../fleet/index.ts';
import type { Change, LedgerWriter } from '../ledger/index.ts';
import { agent, fleet, http, on, tool } from '../sdk/index.ts';
import {
  derivedId,
  digest,
  GiveUp,
  NO_LABEL,
  RetryLater,
  type DecisionTemplate,
  type EffectState,
  type Event,
  type Outcome,
  type Permit,
  type Run,
  NO_TRAIL,
} from '../vocabulary/index.ts';
import { createConductor } from './conductor.ts';
import type { Records } from './records.ts';
import type { EffectOnRecord, World } from './world.ts';

const post = tool('erp.post', {
  description: 'posts',
  input: z.object({}),
  output: z.object({}),
  effect: 'E2',
  call: http('erp', 'POST /postings'),
  lookup: http('erp', 'GET /postings/{reference}'),
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
  perceive: on('case.opened', z.object({})),
  reason: template,
  given: () => null,
  propose: () => [post.with({}, 'told so')],
  act: [post.granted],
  autonomy: { default: 'L4' },
});
const event: Event = {
  id: derivedId('event', 'x'),
  tenant: clerk.tenant,
  type: 'case.opened',
  source: 'tests',
  sourceId: 'x',
  subject: 'case-1',
  time: '2026-06-10T10:00:00Z',
  data: {},
  dataDigest: digest({}),
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
  subject: 'case-1',
  attempts: 0,
};
const permit = derivedId('permit', run.id, 0);

function onRecord(state: EffectState): EffectOnRecord {
  return {
    permit,
    step: 0,
    state,
    tool: post.name,
    toolDigest: post.digest,
    effect: 'E2',
    argumentsText: '{}',
    argumentsDigest: digest({}),
    why: '',
    agentVersion: clerk.version,
    label: NO_LABEL,
    trail: null,
  };
}

/** A conductor of one run over a record in memory. */
function conductorOf(options: {
  readonly world?: Partial<World>;
  readonly effects?: readonly EffectOnRecord[];
  readonly agents?: readonly (typeof clerk)[];
  openRuns?(): Promise<void>;
}) {
  const changes: Change[] = [];
  const ends: (string | null)[] = [];
  const world: World = {
    past: { before: async () => [] },
    templateOf: async () => ({
      template,
      decide: async () => ({ output: null, row: null, digest: digest('x') }),
    }),
    pass: async () => ({ kind: 'permitted', permit: { id: permit } as Permit }),
    perform: async () => ({ kind: 'done', result: {}, resultDigest: digest({}) }),
    settle: async () => ({ kind: 'unknown', message: 'away' }),
    record: async () => undefined,
    conclude: async (_task, end) => end,
    ...options.world,
  };
  const records = {
    openRuns: async () => {
      await options.openRuns?.();
      return new Map([[run.id, { run, event }]]);
    },
    effectsOf: async () => new Map([[run.id, new Map((options.effects ?? []).map((one) => [one.step, one]))]]),
  } as unknown as Records;
  const conductor = createConductor({
    registry: createRegistry([fleet('t', { tenant: 'north', agents: options.agents ?? [clerk], work: () => [] })]),
    records,
    writer: { append: async (change: Change) => changes.push(change) } as unknown as LedgerWriter,
    world,
    onFinished: (_, end) => ends.push(end?.state ?? null),
  });
  const states = () => changes.flatMap(({ ends: rows = [] }) => rows.map(({ state }) => state));
  return { conductor, changes, ends, states };
}

test('a run that the stop cuts off is left to the next start, not counted against it', async () => {
  const stopping = new RetryLater('tool-unavailable', 'the platform is stopping');
  const { conductor, changes } = conductorOf({ world: { perform: () => Promise.reject(stopping) } });
  conductor.expect(run, clerk, event);
  const carried = conductor.carryOut([run.id]);
  conductor.stop();
  await carried;
  assert.deepEqual(changes, []);
});

test('a run that broke off while its outcome stays unknown is waiting again on record', async () => {
  let broken = true;
  const settle = async (): Promise<Outcome> => {
    if (broken) {
      broken = false;
      throw new Error('broke off');
    }
    return { kind: 'unknown', message: 'still away' };
  };
  const { conductor, states } = conductorOf({ world: { settle }, effects: [onRecord('unknown')] });
  await conductor.carryOut([run.id]);
  assert.deepEqual(states(), ['queued', 'waiting']);
});

test('a run that is handed over again while it is looked up is carried out once', async () => {
  let performed = 0;
  let lookups = 0;
  const { conductor } = conductorOf({
    world: {
      perform: async () => {
        performed += 1;
        return { kind: 'done', result: {}, resultDigest: digest({}) };
      },
    },
    // The second look is slow: it would still see the run as it was before the first one ended it.
    openRuns: () => new Promise((resolve) => setTimeout(resolve, 10 * ++lookups)),
  });
  await Promise.all([conductor.carryOut([run.id]), conductor.carryOut([run.id, run.id])]);
  assert.equal(performed, 1);
});

test('a record that is away when a run is looked up is waited for', async () => {
  let away = true;
  const { conductor, ends } = conductorOf({
    openRuns: async () => {
      if (!away) return;
      away = false;
      throw new RetryLater('database-unreachable', 'the database is away');
    },
  });
  await conductor.carryOut([run.id]);
  assert.deepEqual(ends, ['done']);
});

test('what cannot be done is given up at once, and what breaks off three times is set aside', async () => {
  const hopeless = conductorOf({ world: { pass: () => Promise.reject(new GiveUp('unknown-agent', 'gone')) } });
  await hopeless.conductor.carryOut([run.id]);
  assert.deepEqual(hopeless.states(), ['set-aside']);
  const poison = conductorOf({ world: { pass: () => Promise.reject(new Error('poison')) } });
  await poison.conductor.carryOut([run.id]);
  assert.deepEqual(poison.states(), ['queued', 'queued', 'set-aside']);
});

test('INVARIANT (every-intent-ends): a run set aside with an intent on record leaves it unknown, for a person', async () => {
  const { conductor, changes } = conductorOf({ effects: [onRecord('intent')], agents: [] });
  await conductor.carryOut([run.id]);
  assert.deepEqual(
    changes.map(({ entries, outcomes }) => [entries.map(({ kind }) => kind), outcomes?.map(({ state }) => state)]),
    [[['outcome.settled', 'run.set-aside'], ['unknown']]],
  );
});
