import { z } from 'zod';
import { decision } from '../../../../src/sdk/index.ts';

/** What is paid, what is not, and when to ask. */
export const invoicePayment = decision('invoice-payment', {
  description: 'Whether a posted document is to be paid, and whether we know where to',
  table: new URL('./invoice-payment.jdm.json', import.meta.url),
  tests: new URL('./invoice-payment.tests.json', import.meta.url),
  input: z.object({
    kind: z.enum(['invoice', 'credit-note']),
    payable: z.int(),
    means: z.string(),
    account: z.boolean(),
  }),
  output: z.object({ action: z.enum(['pay', 'ask the supplier', 'nothing']), why: z.string() }),
});
