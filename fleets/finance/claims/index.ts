/**
 * Expense claims, payment requests and prepaid travel cost of a university, step by step as they happened: 28 agents in five
 * roles. Intake, completeness, approval chain, payment proposal and exception at five desks, and exception agents that look
 * at the payments of each log.
 *
 * Owns: nothing at run time. The data and the answers it is measured by are in `data/`, with where they come from.
 * `fleets/finance` joins it with the invoices.
 */
import { approvalChain } from './agents/approval-chain.ts';
import { completeness } from './agents/completeness.ts';
import { exception } from './agents/exception.ts';
import { intake } from './agents/intake.ts';
import { paymentAudit } from './agents/payment-audit.ts';
import { paymentProposal } from './agents/payment-proposal.ts';

export { claimScorer } from './score.ts';
export { claimWork } from './work.ts';

export const claimAgents = [
  ...intake,
  ...completeness,
  ...approvalChain,
  ...paymentProposal,
  ...exception,
  ...paymentAudit,
];
