import { z } from 'zod';
import { decision } from '../../../../src/sdk/index.ts';

export const PaymentAudit = z.object({
  unapproved: z.boolean(),
  second: z.boolean(),
  /** Empty when the payment is in order. */
  title: z.string(),
});

export const paymentAuditDecision = decision('claims-payment-audit', {
  description: 'Whether a payment that was made should have been',
  table: new URL('./payment-audit.jdm.json', import.meta.url),
  tests: new URL('./payment-audit.tests.json', import.meta.url),
  input: z.object({
    finallyApproved: z.boolean(),
    payments: z.int().nonnegative(),
  }),
  output: PaymentAudit,
});
