import { z } from 'zod';
import { decision } from '../../../../src/sdk/index.ts';

/** Fatal breaches refuse a document by the first rule broken; a fragment is judged as the publisher of the rules words it. */
export const invoiceValidation = decision('invoice-validation', {
  description: 'What breaches of EN 16931 mean for a document, and for a fragment judged by one rule',
  table: new URL('./invoice-validation.jdm.json', import.meta.url),
  tests: new URL('./invoice-validation.tests.json', import.meta.url),
  input: z.object({
    about: z.enum(['document', 'rule']),
    readable: z.boolean(),
    known: z.boolean(),
    fatal: z.int(),
    warning: z.int(),
    /** The amount due is a whole number of the currency's smallest units. */
    payable: z.boolean(),
    /** The rule asked for, or the first that the document breaks. */
    rule: z.string(),
  }),
  output: z.object({
    verdict: z.enum(['accept', 'accept with remarks', 'refuse', 'success', 'warning', 'error', 'not judged here']),
    rule: z.string(),
    times: z.int(),
  }),
});
