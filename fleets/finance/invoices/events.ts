import { z } from 'zod';
import { UNITS } from './units.ts';

const Subject = z.string().min(1).max(256);
const UnitName = z.enum(UNITS.map(({ name }) => name));
/** A supplier's document as it came. Larger ones go by reference, which no shipped document needs. */
const Xml = z.string().max(64 * 1024);

/** `invoice.received`: a document in the mailbox of a legal entity. */
export const InvoiceReceived = z.strictObject({ subject: Subject, unit: UnitName, xml: Xml });
export type InvoiceReceived = z.infer<typeof InvoiceReceived>;

/** The document that was received under this subject is to be judged by every rule. */
export const DocumentToValidate = z.strictObject({ about: z.literal('document'), subject: Subject, unit: UnitName });

/** A fragment is to be judged by one rule: how the agents are measured, and how an accountant asks about a rule. */
const FragmentToValidate = z.strictObject({
  about: z.literal('rule'),
  subject: Subject,
  unit: UnitName,
  rule: z.string().max(20),
  xml: Xml,
});

/** `validation.requested` */
export const ValidationRequested = z.discriminatedUnion('about', [DocumentToValidate, FragmentToValidate]);
export type ValidationRequested = z.infer<typeof ValidationRequested>;

/** `invoice.validated`: it breaks no fatal rule. Amounts are minor units. */
export const InvoiceValidated = z.strictObject({
  subject: Subject,
  unit: UnitName,
  kind: z.enum(['invoice', 'credit-note']),
  number: z.string(),
  seller: z.string(),
  currency: z.string(),
  payable: z.int(),
  due: z.string(),
  means: z.string(),
  account: z.boolean(),
});

/** `invoice.posted`: it is in the books. */
export const InvoicePosted = InvoiceValidated;
