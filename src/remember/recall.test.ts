import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { agent, history, on } from '../sdk/index.ts';
import {
  derivedId,
  digest,
  NO_LABEL,
  type DecisionTemplate,
  type Event,
  type Label,
  NO_TRAIL,
} from '../vocabulary/index.ts';
import { recall } from './recall.ts';

const template: DecisionTemplate<unknown, unknown> = {
  name: 'none',
  description: '',
  jdm: '{}',
  input: z.unknown(),
  output: z.unknown(),
  tests: [],
  version: digest('none'),
};

function clerk(facts: Parameters<typeof agent>[1]['recall']) {
  return agent('clerk.a', {
    purpose: 'remembers',
    owner: 'tests',
    tenant: 'north',
    expires: '2099-12-31',
    perceive: on('case.opened', z.object({})),
    ...(facts && { recall: facts }),
    reason: template,
    given: () => null,
    propose: () => [],
    act: [],
    autonomy: { default: 'L4' },
  });
}

function event(seq: number, label: Label): Event {
  return {
    id: derivedId('event', seq),
    tenant: clerk(undefined).tenant,
    type: 'case.opened',
    source: 'tests',
    sourceId: String(seq),
    subject: 'case-1',
    time: '2026-01-01T00:00:00Z',
    data: {},
    dataDigest: digest({}),
    label,
    dedupeKey: String(seq),
    principal: null,
    root: derivedId('event', seq),
    depth: 0,
    trail: NO_TRAIL,
    seq,
  };
}

const mail: Label = { integrity: 'untrusted', confidentiality: 'confidential', origins: ['mail'] };
const past = { before: async () => [event(1, mail)] };

test('what is recalled of earlier events carries their labels too', async () => {
  const { label } = await recall(clerk({ earlier: history() }), event(2, NO_LABEL), past);
  assert.deepEqual(label, mail);
});

test('an agent that does not look back is not touched by what was', async () => {
  const own = { fetch: () => 1, label: (given: Label) => given };
  assert.deepEqual((await recall(clerk({ own }), event(2, NO_LABEL), past)).label, NO_LABEL);
});
