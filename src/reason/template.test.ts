import assert from 'node:assert/strict';
import test from 'node:test';
import { z } from 'zod';
import type { Agent, DecisionTemplate, DecisionTest, Event, Json } from '../vocabulary/index.ts';
import { propose } from './propose.ts';
import { compile } from './template.ts';
import { collecting, paying } from './tables.cases.ts';

const Input = z.object({ amount: z.number(), kind: z.string() });
const Output = z.object({ pay: z.boolean(), why: z.string() });

const payment = (
  tests: readonly DecisionTest[] = [
    { name: 'big', input: { amount: 101, kind: 'a' }, expect: { pay: true, why: 'big' } },
  ],
  jdm: unknown = paying(),
  output: z.ZodType = Output,
): DecisionTemplate => ({
  name: 'payment',
  description: 'whether to pay',
  jdm: JSON.stringify(jdm),
  input: Input,
  output,
  tests,
  version: 'sha256:00',
});

const refusal = (message: RegExp) => ({ name: 'Misuse', code: 'bad-decision-template', message });

test('a template decides and names the row that fired', async () => {
  const { decide } = await compile(payment());
  const big = await decide({ amount: 150, kind: 'a' });
  assert.deepEqual(big.output, { pay: true, why: 'big' });
  assert.equal(big.row, 'big-enough');
  assert.equal((await decide({ amount: 150, kind: 'c' })).row, 'anything-else');
});

test('every row that fired is named where a table collects', async () => {
  const several = z.array(z.object({ flag: z.string() }));
  const tests = [
    { name: 'both', input: { amount: 200, kind: 'a' }, expect: [{ flag: 'over-10' }, { flag: 'over-100' }] },
  ];
  const { decide } = await compile(payment(tests, collecting(), several));
  assert.equal((await decide({ amount: 200, kind: 'a' })).row, 'ten+hundred');
  assert.equal((await decide({ amount: 50, kind: 'a' })).row, 'ten');
  assert.equal((await decide({ amount: 5, kind: 'a' })).row, null);
});

test('a remembered decision equals a fresh one', async () => {
  const one = await compile(payment());
  const other = await compile(payment());
  const input = { amount: 300, kind: 'b' };
  const fresh = await one.decide(input);
  assert.equal(await one.decide({ kind: 'b', amount: 300 }), fresh, 'the very same object, whatever the order of keys');
  assert.deepEqual(await other.decide(input), fresh);
});

test('decisions that were forgotten to make room are made again, the same', async () => {
  const { decide } = await compile(payment());
  const first = await decide({ amount: 0, kind: 'a' });
  for (let amount = 1; amount <= 4_200; amount++) await decide({ amount, kind: 'a' });
  const again = await decide({ amount: 0, kind: 'a' });
  assert.notEqual(again, first);
  assert.deepEqual(again, first);
});

test('the digest of a decision follows its output and its row', async () => {
  const { decide } = await compile(payment());
  const [a, b, c] = [
    await decide({ amount: 150, kind: 'a' }),
    await decide({ amount: 151, kind: 'b' }),
    await decide({ amount: 1, kind: 'a' }),
  ];
  assert.equal(a.digest, b.digest);
  assert.notEqual(a.digest, c.digest);
});

test('an input that does not fit is refused before the table sees it', async () => {
  const { decide } = await compile(payment());
  await assert.rejects(decide({ amount: '150', kind: 'a' }), refusal(/`payment`: the input does not fit/));
  await assert.rejects(decide({ kind: 'a' }), refusal(/the input does not fit/));
  await assert.rejects(decide({ amount: NaN, kind: 'a' }), refusal(/the input does not fit/));
});

test('an answer that does not fit the output schema is refused', async () => {
  const narrow = z.object({ pay: z.boolean(), why: z.literal('big') });
  const { decide } = await compile(payment(undefined, paying(), narrow));
  assert.equal((await decide({ amount: 150, kind: 'a' })).row, 'big-enough');
  await assert.rejects(decide({ amount: 1, kind: 'a' }), refusal(/the table's answer does not fit/));
});

test('a table in which no row matches gives no answer that fits', async () => {
  const without = paying({ drop: 'anything-else' });
  const { decide } = await compile(payment(undefined, without));
  await assert.rejects(decide({ amount: 1, kind: 'a' }), refusal(/does not fit/));
});

test('a template that fails a test of its own never compiles, and every failing test is named', async () => {
  const wrong = (name: string, input: Json): DecisionTest => ({ name, input, expect: { pay: true, why: 'big' } });
  const tests = [wrong('small', { amount: 1, kind: 'a' }), wrong('other kind', { amount: 500, kind: 'z' })];
  await assert.rejects(compile(payment(tests)), refusal(/test `small`: expected .*test `other kind`: expected /));
});

test('a test whose input or expectation does not fit fails', async () => {
  const input: DecisionTest = { name: 'no kind', input: { amount: 1 }, expect: { pay: false, why: 'other' } };
  await assert.rejects(compile(payment([input])), refusal(/test `no kind`: .*the input does not fit/s));
  const expect: DecisionTest = {
    name: 'pays maybe',
    input: { amount: 1, kind: 'a' },
    expect: { pay: 'maybe', why: 'other' },
  };
  await assert.rejects(compile(payment([expect])), refusal(/test `pays maybe`/));
});

test('a malformed cell never compiles', async () => {
  await assert.rejects(compile(payment(undefined, paying({ amount: '[[1..' }))), refusal(/`\[\[1\.\.` is malformed/));
});

test('an agent proposes by what its table decided', async () => {
  const compiled = await compile(payment());
  const agent = {
    given: ({ facts }: { facts: Record<string, unknown> }) => ({ amount: facts['amount'], kind: 'a' }),
    propose: ({ decided }: { decided: { pay: boolean } }) =>
      decided.pay ? [{ tool: {}, arguments: { paid: true }, why: 'decided' }] : [],
  } as unknown as Agent;
  const event = {} as Event;
  const paid = await propose(agent, compiled, event, { amount: 150 });
  assert.equal(paid.decided.row, 'big-enough');
  assert.equal(paid.proposals.length, 1);
  const unpaid = await propose(agent, compiled, event, { amount: 15 });
  assert.deepEqual(unpaid.proposals, []);
});
