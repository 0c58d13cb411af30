/**
 * Supplier invoices: European e-invoices (UBL) taken in, judged by the rules of EN 16931, posted and proposed for payment.
 *
 * `ubl/` reads what suppliers wrote, `rules/` is the standard, one row a rule, `agents/` are the four roles over three legal
 * entities. Owns: nothing at run time. Called by the finance fleet.
 */
import { intakeAgents } from './agents/intake.ts';
import { paymentAgents } from './agents/payment.ts';
import { postingAgents } from './agents/posting.ts';
import { validationAgents } from './agents/validation.ts';

export { invoiceScorer } from './score.ts';
export { invoiceWork } from './work.ts';

/** Twelve agents: intake, validation, posting and payment for each of three legal entities. */
export const invoiceAgents = [...intakeAgents, ...validationAgents, ...postingAgents, ...paymentAgents];
