import { z } from 'zod';
import { decision } from '../../../../src/sdk/index.ts';

/** The mailbox: what is taken in. */
export const invoiceIntake = decision('invoice-intake', {
  description: 'Whether what came in the mailbox is an invoice or credit note that can be read',
  table: new URL('./invoice-intake.jdm.json', import.meta.url),
  tests: new URL('./invoice-intake.tests.json', import.meta.url),
  input: z.object({ readable: z.boolean(), kind: z.enum(['invoice', 'credit-note', 'other']) }),
  output: z.object({ accept: z.boolean(), reason: z.string() }),
});
