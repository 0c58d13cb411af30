import { z } from 'zod';
import { http, money, publish, tool } from '../../../src/sdk/index.ts';
import { DocumentToValidate, InvoicePosted, InvoiceValidated } from './events.ts';

const Receipt = z.object({ id: z.string(), status: z.string() });
const Amount = z.strictObject({ minor: z.int(), currency: z.string().regex(/^[A-Z]{3}$/) });

export const requestValidation = publish('validation.requested', {
  description: 'Hands a readable document on to be validated',
  data: DocumentToValidate,
});

export const passOn = publish('invoice.validated', {
  description: 'Hands an invoice that breaks no fatal rule on to be posted',
  data: InvoiceValidated,
});

export const announcePosting = publish('invoice.posted', {
  description: 'Says that an invoice is in the books',
  data: InvoicePosted,
});

export const openInvoiceTicket = tool('ticketing.open-invoice-ticket', {
  description: 'Opens a ticket about a document that goes no further, for the people of accounts payable',
  input: z.strictObject({ subject: z.string(), title: z.string(), rule: z.string() }),
  output: Receipt,
  effect: 'E2',
  resource: ({ subject }) => subject,
  call: http('ticketing', 'POST /invoice-tickets'),
  lookup: http('ticketing', 'GET /invoice-tickets/by-reference/{reference}'),
});

export const writeToSupplier = tool('ticketing.write-to-supplier', {
  description: 'Sends the supplier a message about its own document; once sent nobody can ask whether it was',
  input: z.strictObject({ subject: z.string(), seller: z.string(), message: z.string() }),
  output: Receipt,
  effect: 'E3',
  external: true,
  sends: 'internal',
  resource: ({ subject }) => subject,
  call: http('ticketing', 'POST /supplier-messages'),
});

const reverseInvoicePosting = tool('erp.reverse-invoice-posting', {
  description: 'Takes a posted document out of the books again',
  input: Receipt,
  output: Receipt,
  effect: 'E1',
  resource: ({ id }) => id,
  call: http('erp', 'POST /invoice-postings/{id}/withdraw'),
});

export const postInvoice = tool('erp.post-invoice', {
  description: 'Posts a supplier document in the books of a legal entity',
  input: z.strictObject({
    subject: z.string(),
    unit: z.string(),
    posting: z.enum(['vendor-invoice', 'vendor-credit']),
    number: z.string(),
    seller: z.string(),
    total: Amount,
  }),
  output: Receipt,
  effect: 'E1',
  compensate: reverseInvoicePosting,
  resource: ({ unit }) => unit,
  call: http('erp', 'POST /invoice-postings'),
});

const withdrawInvoicePayment = tool('erp.withdraw-invoice-payment', {
  description: 'Withdraws a payment proposal that was not paid out',
  input: Receipt,
  output: Receipt,
  effect: 'E1',
  resource: ({ id }) => id,
  call: http('erp', 'POST /invoice-payments/{id}/withdraw'),
});

export const proposeInvoicePayment = tool('erp.propose-invoice-payment', {
  description: 'Proposes to pay a posted invoice',
  input: z.strictObject({ subject: z.string(), unit: z.string(), seller: z.string(), amount: Amount, due: z.string() }),
  output: Receipt,
  effect: 'E1',
  compensate: withdrawInvoicePayment,
  amount: ({ amount }) => money(amount.minor, amount.currency),
  resource: ({ unit }) => unit,
  call: http('erp', 'POST /invoice-payments'),
});
