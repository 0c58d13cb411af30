import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { AgentId, Digest, EventId, Run, RunId, TenantId } from '../vocabulary/index.ts';
import { createDispatcher, type DispatchLimits } from './dispatch.ts';

const LIMITS: DispatchLimits = { maxQueued: 1_000, perTenant: 6, perAgent: 3, inAll: 8 };

function run(n: number, { tenant = 'north', agent = 'clerk', subject = `case-${n}` } = {}): Run {
  return {
    id: `run_${n}` as RunId,
    tenant: tenant as TenantId,
    agent: `${tenant}-${agent}` as AgentId,
    agentVersion: 'sha256:0' as Digest,
    event: `evt_${n}` as EventId,
    seq: n,
    subject,
    attempts: 0,
  };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test('no limit is ever exceeded, no run is lost, and runs of one agent about one subject go one after another in order', async () => {
  const job = fc.record({
    tenant: fc.constantFrom('north', 'south'),
    agent: fc.constantFrom('a', 'b', 'c'),
    subject: fc.constantFrom('1', '2', '3', '4', '5'),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(job, { minLength: 1, maxLength: 60 }),
      fc.infiniteStream(fc.nat()),
      async (jobs, choices) => {
        const runs = new Map(jobs.map((each, n) => [`run_${n}`, run(n, each)]));
        const active = new Map<string, Run>();
        const begun: Run[] = [];
        const dispatcher = createDispatcher({
          limits: LIMITS,
          submit: async (_batch, ids) => {
            for (const id of ids) {
              const one = runs.get(id) as Run;
              active.set(id, one);
              begun.push(one);
            }
          },
        });
        for (const one of runs.values()) dispatcher.offer(one);
        for (let steps = 0; begun.length < jobs.length || active.size > 0; steps++) {
          assert.ok(steps < 2_000, 'it makes progress');
          await turn();
          const now = [...active.values()];
          assert.ok(now.length <= LIMITS.inAll);
          for (const one of now) {
            const of = (key: 'tenant' | 'agent') => now.filter((other) => other[key] === one[key]).length;
            assert.ok(of('tenant') <= LIMITS.perTenant && of('agent') <= LIMITS.perAgent);
            const lane = now.filter((other) => other.agent === one.agent && other.subject === one.subject);
            assert.equal(lane.length, 1);
          }
          const ended = now[(choices.next().value as number) % Math.max(1, now.length)];
          if (ended === undefined) continue;
          active.delete(ended.id);
          dispatcher.finished(ended.id);
        }
        await dispatcher.idle();
        assert.equal(new Set(begun.map(({ id }) => id)).size, jobs.length);
        for (const { agent, subject } of begun) {
          const lane = begun
            .filter((other) => other.agent === agent && other.subject === subject)
            .map(({ seq }) => seq);
          assert.deepEqual(
            lane,
            [...lane].sort((a, b) => a - b),
          );
        }
      },
    ),
    { numRuns: 150 },
  );
});

test('a batch that the engine does not take is handed over again, the same', async () => {
  const batches: string[] = [];
  let away = 2;
  const dispatcher = createDispatcher({
    limits: LIMITS,
    submit: async (batch, ids) => {
      batches.push(`${batch} ${ids.join()}`);
      if (away-- > 0) throw new Error('away');
      for (const id of ids) dispatcher.finished(id);
    },
  });
  dispatcher.offer(run(1));
  await dispatcher.idle();
  assert.equal(batches.length, 3);
  assert.equal(new Set(batches).size, 1);
});

test('a run that is offered twice goes once', async () => {
  const begun: string[] = [];
  const dispatcher = createDispatcher({ limits: LIMITS, submit: async (_batch, ids) => void begun.push(...ids) });
  dispatcher.offer(run(1));
  dispatcher.offer(run(1));
  await turn();
  await turn();
  assert.deepEqual(begun, ['run_1']);
  dispatcher.finished('run_1' as RunId);
  await dispatcher.idle();
});

test('runs that are ready together ride together', async () => {
  const batches: number[] = [];
  const dispatcher = createDispatcher({
    limits: { maxQueued: 100, perTenant: 100, perAgent: 100, inAll: 100 },
    submit: async (_batch, ids) => {
      batches.push(ids.length);
      for (const id of ids) setImmediate(() => dispatcher.finished(id));
    },
  });
  for (let n = 0; n < 64; n++) dispatcher.offer(run(n));
  await dispatcher.idle();
  assert.deepEqual(batches, [32, 32]);
});

test('what is queued is bounded by what is said', () => {
  const dispatcher = createDispatcher({
    limits: { ...LIMITS, maxQueued: 3 },
    submit: () => new Promise(() => undefined),
  });
  assert.equal(dispatcher.room(), 3);
  dispatcher.offer(run(1));
  dispatcher.offer(run(2));
  assert.equal(dispatcher.room(), 1);
  dispatcher.stop();
});

test('a slow run does not hold up the others when few may be under way', async () => {
  const begun: RunId[] = [];
  const dispatcher = createDispatcher({
    limits: { maxQueued: 100, perTenant: 8, perAgent: 8, inAll: 8 },
    submit: async (_batch, ids) => void begun.push(...ids),
  });
  for (let n = 0; n < 20; n++) dispatcher.offer(run(n));
  await turn();
  assert.equal(begun.length, 8);
  // The first of them takes for ever.
  for (const id of begun.slice(1)) dispatcher.finished(id);
  await turn();
  assert.equal(begun.length, 15);
});

test('what happens to a run while it is under way is not lost: it is carried out once more, and only once', async () => {
  const begun: RunId[] = [];
  const dispatcher = createDispatcher({ limits: LIMITS, submit: async (_batch, ids) => void begun.push(...ids) });
  const one = run(1);
  dispatcher.offer(one);
  await turn();
  dispatcher.offer(one, { again: true });
  dispatcher.offer(one, { again: true });
  dispatcher.offer(one);
  await turn();
  assert.deepEqual(begun, [one.id], 'not beside itself');
  dispatcher.finished(one.id);
  await turn();
  assert.deepEqual(begun, [one.id, one.id]);
  dispatcher.finished(one.id);
  await dispatcher.idle();
  assert.equal(begun.length, 2);
});
