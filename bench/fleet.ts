import { z } from 'zod';
import { agent, decision, eur, fleet, history, on, tool } from '../src/sdk/index.ts';
import type { Fleet, Json } from '../src/vocabulary/index.ts';

/** What the governed loop is measured with: one agent, one decision table, one effect in this process. */
const Claim = z.object({
  claim: z.string(),
  cents: z.int(),
  category: z.enum(['travel', 'meal', 'other']),
  note: z.string(),
});

/** About 500 bytes that compress like prose, as the raw steps return. */
export const NOTE = 'the claimant travelled to the partner site for two days and enclosed every receipt but one; '
  .repeat(5)
  .slice(0, 420);

const pay = tool('bench.pay', {
  description: 'Pays a claim, in this process',
  input: z.object({ claim: z.string(), cents: z.int() }),
  output: z.object({ paid: z.boolean(), note: z.string() }),
  effect: 'E1',
  amount: ({ cents }) => eur(cents / 100),
  resource: ({ claim }) => claim,
  concurrency: 1_000,
  call: { kind: 'local', perform: () => ({ paid: true, note: NOTE }) },
});

const payment = decision('bench-payment', {
  description: 'Whether a claim is paid',
  table: new URL('./payment.jdm.json', import.meta.url),
  tests: new URL('./payment.tests.json', import.meta.url),
  input: z.object({ cents: z.int(), category: z.string(), earlier: z.int() }),
  output: z.object({ pay: z.boolean() }),
});

const clerks = Array.from({ length: 10 }, (_, i) =>
  agent(`bench-clerk.desk-${i}`, {
    purpose: 'Pays claims, to be measured',
    owner: 'bench',
    tenant: 'bench',
    expires: '2099-12-31',
    perceive: on('claim.filed', Claim, ({ claim }) => claim.endsWith(String(i))),
    recall: { earlier: history() },
    reason: payment,
    given: ({ event, facts }) => ({
      cents: event.data.cents,
      category: event.data.category,
      earlier: facts.earlier.length,
    }),
    propose: ({ event, decided }) =>
      decided.pay ? [pay.with({ claim: event.data.claim, cents: event.data.cents }, 'the table says so')] : [],
    act: [pay.upTo(eur(100_000))],
    autonomy: { default: 'L4' },
  }),
);

export const BENCH_FLEET: Fleet = fleet('bench', { tenant: 'bench', agents: clerks, work: () => [] });

/** The n-th claim, as a CloudEvent: every one with its own amount and subject. */
export function claimEvent(n: number): { readonly [key: string]: Json } {
  const claim = `claim-${n}`;
  return {
    specversion: '1.0',
    id: claim,
    source: 'bench',
    type: 'claim.filed',
    subject: claim,
    time: '2026-06-10T10:00:00Z',
    data: {
      claim,
      cents: 1_000 + ((n * 7_919) % 900_000),
      category: (['travel', 'meal', 'other'] as const)[n % 3] ?? 'other',
      note: NOTE,
    },
  };
}

/** Name of the agent that works on the n-th claim. */
export function clerkOf(n: number): string {
  return `bench-clerk.desk-${n % 10}`;
}
