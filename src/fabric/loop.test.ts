import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { agent, http, on, tool } from '../sdk/index.ts';
import {
  derivedId,
  digest,
  GiveUp,
  NO_LABEL,
  type DecisionTemplate,
  type EffectState,
  type Event,
  type Outcome,
  type Permit,
  type RunId,
  NO_TRAIL,
} from '../vocabulary/index.ts';
import { work } from './loop.ts';
import type { EffectOnRecord, Task, World } from './world.ts';

const Case = z.object({ steps: z.int() });
const post = tool('erp.post', {
  description: 'posts',
  input: z.object({ n: z.int() }),
  output: z.object({}),
  effect: 'E1',
  call: http('erp', 'POST /postings'),
});
const template: DecisionTemplate<{ steps: number }, { steps: number }> = {
  name: 'as-many',
  description: '',
  jdm: '{}',
  input: Case,
  output: Case,
  tests: [],
  version: digest('as-many'),
};
const clerk = agent('clerk.a', {
  purpose: 'posts as often as it is told',
  owner: 'tests',
  tenant: 'north',
  expires: '2099-12-31',
  perceive: on('case.opened', Case),
  reason: template,
  given: ({ event }) => event.data,
  propose: ({ decided }) => Array.from({ length: decided.steps }, (_, n) => post.with({ n }, 'told so')),
  act: [post.granted],
  autonomy: { default: 'L4' },
});

function task(steps: number, effects?: readonly (readonly [number, EffectState])[]): Task {
  const event: Event = {
    id: derivedId('event', 'north', 'x'),
    tenant: clerk.tenant,
    type: 'case.opened',
    source: 'tests',
    sourceId: '1',
    subject: 'case-1',
    time: '2026-01-01T00:00:00Z',
    data: { steps },
    dataDigest: digest({ steps }),
    label: NO_LABEL,
    dedupeKey: 'x',
    principal: null,
    root: derivedId('event', 'north', 'x'),
    depth: 0,
    trail: NO_TRAIL,
    seq: 1,
  };
  const id = 'run_1' as RunId;
  const run = {
    id,
    tenant: clerk.tenant,
    agent: clerk.name,
    agentVersion: clerk.version,
    event: event.id,
    seq: 1,
    subject: 'case-1',
    attempts: 0,
  };
  if (effects === undefined) return { run, agent: clerk, event };
  return { run, agent: clerk, event, effects: new Map(effects.map(([step, state]) => [step, onRecord(step, state)])) };
}

function onRecord(step: number, state: EffectState): EffectOnRecord {
  return {
    permit: derivedId('permit', 'run_1', step),
    step,
    state,
    tool: post.name,
    toolDigest: post.digest,
    effect: 'E1',
    argumentsText: '{}',
    argumentsDigest: digest({}),
    why: 'as it was',
    agentVersion: clerk.version,
    label: NO_LABEL,
    trail: null,
  };
}

/** A world that tells what was done to it, in order. */
function world(outcomes: Partial<Record<number, Outcome>> = {}): World & { readonly told: string[] } {
  const told: string[] = [];
  const done: Outcome = { kind: 'done', result: {}, resultDigest: digest({}) };
  return {
    told,
    past: { before: async () => [] },
    templateOf: async () => ({
      template: template as DecisionTemplate,
      decide: async (input) => ({ output: input, row: 'the-row', digest: digest('x') }),
    }),
    pass: async (_task, intent) => {
      told.push(`pass ${intent.step}`);
      return { kind: 'permitted', permit: { id: derivedId('permit', 'run_1', intent.step) } as Permit };
    },
    perform: async (permit) => {
      const step = [0, 1, 2].find((n) => derivedId('permit', 'run_1', n) === permit.id) ?? -1;
      told.push(`perform ${step}`);
      return outcomes[step] ?? done;
    },
    settle: async (effect) => {
      told.push(`settle ${effect.step}`);
      return outcomes[effect.step] ?? done;
    },
    record: async (_task, act, end) =>
      void told.push(`record ${act.settled ? 'settled ' : ''}${act.outcome.kind} ${end?.state ?? '-'}`),
    conclude: async (_task, end) => {
      told.push(`conclude ${end.state}`);
      return end;
    },
  };
}

test('each step is judged, then performed, then recorded, and the last record ends the run', async () => {
  const w = world();
  assert.deepEqual(await work(task(2), w), { state: 'done', why: 'done' });
  assert.deepEqual(w.told, ['pass 0', 'perform 0', 'record done -', 'pass 1', 'perform 1', 'record done done']);
});

test('with nothing to do it says so', async () => {
  const w = world();
  assert.deepEqual(await work(task(0), w), { state: 'done', why: 'nothing to do' });
  assert.deepEqual(w.told, ['conclude done']);
});

test('a failure ends the run and the next step is never judged', async () => {
  const w = world({ 0: { kind: 'failed', code: 'rejected', message: 'no' } });
  assert.equal((await work(task(2), w)).state, 'failed');
  assert.deepEqual(w.told, ['pass 0', 'perform 0', 'record failed failed']);
});

test('INVARIANT (every-intent-ends): an unknown outcome leaves the run waiting for a person', async () => {
  const w = world({ 0: { kind: 'unknown', message: 'no answer' } });
  assert.equal((await work(task(2), w)).state, 'waiting');
  assert.deepEqual(w.told, ['pass 0', 'perform 0', 'record unknown waiting']);
});

test('after a crash what is done is not done again, and what is in doubt is settled before anything else', async () => {
  const w = world();
  await work(
    task(3, [
      [0, 'done'],
      [1, 'intent'],
    ]),
    w,
  );
  assert.deepEqual(w.told, ['settle 1', 'record settled done -', 'pass 2', 'perform 2', 'record done done']);
});

test('INVARIANT (every-intent-ends): what the agent would not do any more is settled all the same', async () => {
  const w = world();
  await work(task(0, [[1, 'intent']]), w);
  assert.deepEqual(w.told, ['settle 1', 'record settled done -', 'conclude done']);
});

test('INVARIANT (every-intent-ends): an agent whose code breaks now leaves nothing in doubt', async () => {
  const w = world();
  const broken = { ...clerk, given: () => assert.fail('its code is broken') };
  await assert.rejects(() => work({ ...task(1, [[0, 'intent']]), agent: broken }, w), /its code is broken/);
  assert.deepEqual(w.told, ['settle 0', 'record settled done -']);
});

test('a run that an earlier version began is settled and then given up', async () => {
  const w = world();
  const later = { ...clerk, version: digest('later') };
  await assert.rejects(() => work({ ...task(2, [[0, 'intent']]), agent: later }, w), GiveUp);
  assert.deepEqual(w.told, ['settle 0', 'record settled done -']);
});

test('a run that an earlier version was to begin is carried out by this one', async () => {
  const w = world();
  const later = { ...clerk, version: digest('later') };
  assert.equal((await work({ ...task(1, []), agent: later }, w)).state, 'done');
});

test('what is still unknown is not recorded again', async () => {
  const w = world({ 0: { kind: 'unknown', message: 'still away' } });
  assert.equal((await work(task(1, [[0, 'unknown']]), w)).state, 'waiting');
  assert.deepEqual(w.told, ['settle 0']);
});

test('an act that waits for people is weighed at the gate again, and nothing before it is done again', async () => {
  const w = world();
  assert.equal(
    (
      await work(
        task(2, [
          [0, 'done'],
          [1, 'waiting'],
        ]),
        w,
      )
    ).state,
    'done',
  );
  assert.deepEqual(
    w.told.filter((what) => what.startsWith('perform') || what.startsWith('pass')),
    w.told.filter((what) => what.endsWith(' 1') && (what.startsWith('perform') || what.startsWith('pass'))),
  );
  assert.ok(w.told.some((what) => what.startsWith('pass')));
});

test('a refusal on record ends the run as it was', async () => {
  const w = world();
  assert.equal((await work(task(2, [[0, 'refused']]), w)).state, 'refused');
  assert.deepEqual(w.told, ['conclude refused']);
});
