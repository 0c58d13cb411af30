/**
 * A fleet that asks: a payer whose payments above 100.00 need a finance-controller, two of them above 5,000.00 by a rule of the
 * tests; a planner that has every act approved and publishes what the payer then works on; and one whose question runs out.
 */
import { z } from 'zod';
import { agent, decision, eur, fleet, http, on, publish, tool } from '../../src/sdk/index.ts';
import type { Fleet } from '../../src/vocabulary/index.ts';

export const TENANT = 'treasury';
const Bill = z.object({ bill: z.string(), minor: z.int() });
const Plan = z.object({ subject: z.string(), bill: z.string(), minor: z.int() });
const Receipt = z.object({ id: z.string(), status: z.string() });

const keep = decision('note', {
  description: 'Whether a note is kept',
  table: new URL('../hostile/note.jdm.json', import.meta.url),
  tests: new URL('../hostile/note.tests.json', import.meta.url),
  input: z.object({ length: z.int() }),
  output: z.object({ keep: z.boolean() }),
});

const pay = tool('grc.pay', {
  description: 'Pay a bill',
  input: Bill,
  output: Receipt,
  effect: 'E1',
  resource: (input) => input.bill,
  amount: (input) => ({ minor: input.minor, currency: 'EUR' }),
  call: http('grc', 'POST /payments'),
});

const hurry = tool('grc.hurry', {
  description: 'Pay a bill that cannot wait',
  input: Bill,
  output: Receipt,
  effect: 'E1',
  call: http('grc', 'POST /payments'),
});

const refund = tool('grc.refund', {
  description: 'Give money back, by voucher',
  input: Bill,
  output: Receipt,
  effect: 'E1',
  call: http('grc', 'POST /vouchers'),
});

const plan = publish('payment.planned', { description: 'Plan a payment', data: Plan });

/** The version of what an order changes, as its system tells it; changed by the tests. */
export const versions = new Map<string, string>();
const change = tool('erp.change-order', {
  description: 'Change an order',
  input: z.object({ order: z.string(), price: z.int() }),
  output: Receipt,
  effect: 'E1',
  risk: 'high',
  revision: {
    kind: 'local',
    perform(input) {
      const version = versions.get((input as { order: string }).order) ?? 'v1';
      if (version === 'away') throw new Error('the order system is down');
      return version;
    },
  },
  call: http('erp', 'POST /orders'),
});

const common = {
  tenant: TENANT,
  owner: 'treasury-team',
  expires: '2099-12-31',
  reason: keep,
  given: () => ({ length: 1 }),
} as const;

const payer = agent('payer.treasury', {
  ...common,
  purpose: 'Pay bills',
  perceive: on('bill.received', Bill),
  propose: ({ event }) => [pay.with(event.data, 'it was received')],
  act: [pay.upTo(eur(100))],
  autonomy: { default: 'L4' },
});

/** Works on what the planner publishes: another agent, one step further down. */
const executor = agent('executor.treasury', {
  ...common,
  purpose: 'Pay what was planned',
  perceive: on('payment.planned', Plan),
  propose: ({ event: { data } }) => [pay.with({ bill: data.bill, minor: data.minor }, 'it was planned')],
  act: [pay.upTo(eur(100))],
  autonomy: { default: 'L4' },
});

const planner = agent('planner.treasury', {
  ...common,
  purpose: 'Plan payments',
  perceive: on('bill.disputed', Bill),
  propose: ({ event: { data, subject } }) => [plan.with({ subject, ...data }, 'it was disputed')],
  act: [plan.granted],
  autonomy: { default: 'L2' },
});

const hurrier = agent('hurrier.treasury', {
  ...common,
  purpose: 'Pay what cannot wait',
  perceive: on('bill.overdue', Bill),
  propose: ({ event }) => [hurry.with(event.data, 'it is overdue')],
  act: [hurry.granted],
  autonomy: { default: 'L4' },
});

const refunder = agent('refunder.treasury', {
  ...common,
  purpose: 'Give money back',
  perceive: on('refund.wanted', Bill),
  propose: ({ event }) => [refund.with(event.data, 'it was wanted')],
  act: [refund.granted],
  autonomy: { default: 'L4' },
});

const Order = z.object({ order: z.string(), price: z.int() });
const orderer = agent('orderer.treasury', {
  ...common,
  purpose: 'Change orders',
  perceive: on('order.repriced', Order),
  propose: ({ event }) => [change.with(event.data, 'its price changed')],
  act: [change.granted],
  autonomy: { default: 'L3' },
});

export function approvalFleet(): Fleet {
  return fleet('approvals', {
    tenant: TENANT,
    agents: [payer, executor, planner, hurrier, refunder, orderer],
    work: () => [],
  });
}

/** Beside the shipped policies: one whose question runs out within seconds, and one that two people answer. */
export const POLICIES = `
@id("overdue-asked")
@why("what cannot wait is asked for briefly")
@approver("finance-controller")
@rule("hurried")
forbid (principal, action, resource is Reeve::Tool)
when { resource == Reeve::Tool::"grc.hurry" }
unless { context.approvals.contains("overdue-asked") };

@id("two-above-five-thousand")
@why("above 5,000.00 two people decide")
@approver("finance-controller")
@rule("two-controllers")
forbid (principal, action, resource is Reeve::Tool)
when { context.amountMinor > 500000 }
unless { context.approvals.contains("two-above-five-thousand") };

@id("refunds-by-two")
@why("two people decide on refunds")
@approver("finance-controller")
@rule("two-controllers")
forbid (principal, action, resource is Reeve::Tool)
when { resource == Reeve::Tool::"grc.refund" }
unless { context.approvals.contains("refunds-by-two") };
`;
export const RULES = {
  hurried: {
    stages: [{ of: ['finance-controller'], need: 1 }],
    expires: 'PT5S',
    escalate: [{ after: 'PT1S', to: 'chief' }],
  },
  'two-controllers': {
    stages: [{ of: ['finance-controller'], need: 2 }],
    separate: ['requester', 'owner', 'author'],
    expires: 'P1D',
    batch: true,
  },
};
