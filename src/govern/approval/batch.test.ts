import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentId } from '../../vocabulary/index.ts';
import { bundleKey, checkBatch } from './batch.ts';
import { by, question } from './ordinary-question.ts';
import { act } from './protocol.ts';

const batch = { b: { batch: true } };

test('together is answered what is pending and whose every rule allows it; the others are named with the reason', () => {
  const one = question(batch, { id: 'apr_1' });
  const two = question(batch, { id: 'apr_2', act: { argumentsText: '{"amount":1}' } });
  const mixed = question({ ...batch, plain: {} }, { id: 'apr_3' });
  const declined = act(question(batch, { id: 'apr_4' }), { kind: 'decline', reason: 'no' }, by('ann'));
  assert.ok(declined.kind === 'moved');
  const { together, apart } = checkBatch([one, two, one, mixed, declined.approval]);
  assert.deepEqual(together, [one, two]);
  assert.deepEqual(apart, [
    { id: 'apr_3', why: 'the rule `plain` wants each answered by itself' },
    { id: 'apr_4', why: 'it is declined already' },
  ]);
});

test('no more are answered at once than anybody has looked at', () => {
  const many = Array.from({ length: 101 }, (_, i) => question(batch, { id: `apr_${i}` }));
  const { together, apart } = checkBatch(many);
  assert.equal(together.length, 100);
  assert.match(apart[0]?.why ?? '', /no more than 100/);
});

test('requests are bundled that are alike but for what they say', () => {
  const key = bundleKey(question(batch));
  assert.equal(bundleKey(question(batch, { id: 'apr_9', act: { argumentsText: '{}', resource: 'claim/9' } })), key);
  assert.notEqual(bundleKey(question(batch, { act: { agent: 'other.north' as AgentId } })), key);
  assert.notEqual(bundleKey(question({ ...batch, plain: {} })), key);
});
