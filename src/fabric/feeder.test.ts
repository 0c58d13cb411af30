import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { agent, fleet, on } from '../sdk/index.ts';
import { digest, type DecisionTemplate, type RawEvent } from '../vocabulary/index.ts';
import type { Admission } from './admission.ts';
import type { Dispatcher } from './dispatch.ts';
import { createFeeder } from './feeder.ts';
import type { Records } from './records.ts';
import { subscribe } from './subscriptions.ts';

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
  purpose: 'reads',
  owner: 'tests',
  tenant: 'north',
  expires: '2099-12-31',
  perceive: on('case.opened', z.object({})),
  reason: template,
  given: () => null,
  propose: () => [],
  act: [],
  autonomy: { default: 'L4' },
});

/** Every other record is in the first part, so that the first part is not how all of them begin. */
function* work({ all }: { readonly all: boolean }): Generator<RawEvent> {
  for (let n = 0; n < 2_000; n++) {
    if (!all && n % 2 === 1) continue;
    const id = String(n);
    yield { id, source: 'tests', type: 'case.opened', subject: id, time: '2026-01-01T00:00:00Z', data: {} };
  }
}

test('all the records are worked through after a first part, also those that lie between', async () => {
  const admitted = new Set<string>();
  const positions = new Map<string, number>();
  const feeder = createFeeder({
    admission: {
      async admit(event, { source } = {}) {
        admitted.add(event.sourceId);
        if (source !== undefined)
          positions.set(source.name, Math.max(source.position, positions.get(source.name) ?? 0));
        return { event: event.id, state: 'admitted', seq: 1, runs: 1 };
      },
    } as Admission,
    dispatcher: { below: async () => undefined } as unknown as Dispatcher,
    records: { sourcePosition: async (name: string) => positions.get(name) ?? 0 } as unknown as Records,
    subscribers: subscribe([clerk]),
    maxQueued: 100,
    onTrouble: () => undefined,
  });
  const shipped = fleet('tests', { tenant: 'north', agents: [clerk], work });
  await feeder.feed(shipped, { all: false });
  assert.equal(admitted.size, 1_000);
  await feeder.feed(shipped, { all: true });
  assert.equal(admitted.size, 2_000);
});
