import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import type { Json, Tool } from '../../vocabulary/index.ts';
import { wrongArguments } from './wrong-arguments.ts';

const Pay = z.strictObject({
  note: z.string(),
  to: z.object({ name: z.string() }),
  lines: z.array(z.object({ minor: z.int().max(1_000_000), count: z.int() })),
});
const tool = {
  input: Pay,
  amount: (given: z.infer<typeof Pay>) => ({
    minor: given.lines.reduce((sum, { minor }) => sum + minor, 0),
    currency: 'EUR',
  }),
  resource: (given: z.infer<typeof Pay>) => given.to.name,
} as unknown as Tool;
const pay = (minor: number, name: string, note = 'rent'): Json => ({
  note,
  to: { name },
  lines: [{ minor, count: 2 }],
});

test('ten times the amount changes what the amount follows from, and nothing else', () => {
  assert.deepEqual(wrongArguments('ten-times-the-amount', pay(1_200, 'Nord'), null, tool), pay(12_000, 'Nord'));
});

test('what the tool would not understand is no request', () => {
  assert.equal(wrongArguments('ten-times-the-amount', pay(200_000, 'Nord'), null, tool), null);
  assert.equal(wrongArguments('ten-times-the-amount', pay(0, 'Nord'), null, tool), null);
});

test('of another case: who it goes to before whatever else differs', () => {
  const other = pay(5, 'Sud', 'other note');
  assert.deepEqual(wrongArguments('of-another-case', pay(1_200, 'Nord'), other, tool), pay(1_200, 'Sud'));
  assert.deepEqual(wrongArguments('of-another-case', pay(1_200, 'Sud'), other, tool), pay(1_200, 'Sud', 'other note'));
});

test('a case that differs in nothing, or none, makes nothing wrong', () => {
  assert.equal(wrongArguments('of-another-case', pay(1_200, 'Nord'), pay(9, 'Nord'), tool), null);
  assert.equal(wrongArguments('of-another-case', pay(1_200, 'Nord'), null, tool), null);
});
