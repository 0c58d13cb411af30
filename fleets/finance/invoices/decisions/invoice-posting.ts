import { z } from 'zod';
import { decision } from '../../../../src/sdk/index.ts';

/** Debt or credit. */
export const invoicePosting = decision('invoice-posting', {
  description: 'Whether a valid document is a debt or a credit',
  table: new URL('./invoice-posting.jdm.json', import.meta.url),
  tests: new URL('./invoice-posting.tests.json', import.meta.url),
  input: z.object({ kind: z.enum(['invoice', 'credit-note']), payable: z.int() }),
  output: z.object({ posting: z.enum(['vendor-invoice', 'vendor-credit']), why: z.string() }),
});
