import { z } from 'zod';
import { http, tool } from '../../../src/sdk/index.ts';
import { Amount } from './events.ts';

const Receipt = z.object({ id: z.string(), status: z.string() });

export const noteOnClaim = tool('erp.note-on-claim', {
  description: 'Leaves a note on a claim that its claimant and the desk can read',
  input: z.object({ subject: z.string(), note: z.string() }),
  output: Receipt,
  effect: 'E1',
  resource: ({ subject }) => subject,
  call: http('erp', 'POST /claim-notes'),
});

export const writeToClaimant = tool('ticketing.write-to-claimant', {
  description: 'Sends the claimant a message; once sent nobody can ask whether it was',
  input: z.object({ subject: z.string(), message: z.string() }),
  output: Receipt,
  effect: 'E3',
  resource: ({ subject }) => subject,
  call: http('ticketing', 'POST /messages'),
});

export const withdrawClaimPayment = tool('erp.withdraw-claim-payment', {
  description: 'Withdraws a payment proposal that was not paid out',
  input: Receipt,
  output: Receipt,
  effect: 'E1',
  resource: ({ id }) => id,
  call: http('erp', 'POST /claim-payments/{id}/withdraw'),
});

export const proposeClaimPayment = tool('erp.propose-claim-payment', {
  description: 'Proposes to pay out an approved claim, charged to its budget or project',
  input: z.object({ subject: z.string(), amount: Amount, budget: z.string().nullable() }),
  output: Receipt,
  effect: 'E1',
  compensate: withdrawClaimPayment,
  amount: ({ amount }) => amount,
  resource: ({ budget }) => budget ?? 'charged to nothing',
  call: http('erp', 'POST /claim-payments'),
});

export const readClaimPayments = tool('erp.read-claim-payments', {
  description: 'Reads which payments were proposed, as evidence beside an exception',
  input: z.object({ subject: z.string() }),
  output: z.object({ items: z.array(Receipt) }),
  effect: 'E0',
  resource: ({ subject }) => subject,
  call: http('erp', 'GET /claim-payments?subject={subject}'),
});

export const openClaimTicket = tool('ticketing.open-claim-ticket', {
  description: 'Opens a ticket about a claim for the people who can put it right',
  input: z.object({
    subject: z.string(),
    title: z.string(),
    team: z.string(),
    priority: z.enum(['low', 'normal', 'urgent']),
    dueDays: z.int().positive(),
  }),
  output: Receipt,
  effect: 'E2',
  resource: ({ subject }) => subject,
  call: http('ticketing', 'POST /claim-tickets'),
  lookup: http('ticketing', 'GET /claim-tickets/by-reference/{reference}'),
});
