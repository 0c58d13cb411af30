import { z } from 'zod';
import { decision } from '../../../../src/sdk/index.ts';

export const PaymentProposal = z.object({
  answer: z.enum(['pay', 'nothing to pay', 'not finally approved', 'paid already', 'requested already']),
  action: z.enum(['propose', 'none', 'raise']),
});

export const paymentProposalDecision = decision('claims-payment-proposal', {
  description: 'Whether a requested payment is proposed to the ERP',
  table: new URL('./payment-proposal.jdm.json', import.meta.url),
  tests: new URL('./payment-proposal.tests.json', import.meta.url),
  input: z.object({
    finallyApproved: z.boolean(),
    requests: z.int().nonnegative(),
    payments: z.int().nonnegative(),
    cents: z.int().nonnegative(),
  }),
  output: PaymentProposal,
});
