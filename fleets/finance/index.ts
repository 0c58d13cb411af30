/**
 * Finance: expense claims of a university and supplier invoices by EN 16931, in one tenant; forty agents.
 *
 * Owns: nothing at run time. Joins `claims/` and `invoices/`, each with its agents, its records and the answers it is measured by.
 */
import { fleet, type Scorer } from '../../src/sdk/index.ts';
import { claimAgents, claimScorer, claimWork } from './claims/index.ts';
import { interleave } from './interleave.ts';
import { invoiceAgents, invoiceScorer, invoiceWork } from './invoices/index.ts';

/** So many steps of claims to one invoice: 109,207 to 1,172 lets neither run out long before the other. */
const CLAIM_STEPS_PER_INVOICE = 90;

export const finance = fleet('finance', {
  tenant: 'finance',
  agents: [...claimAgents, ...invoiceAgents],
  work: (options) => interleave(claimWork(options), invoiceWork(options), CLAIM_STEPS_PER_INVOICE),
  score: () => both(claimScorer(), invoiceScorer()),
});

function both(claims: Scorer, invoices: Scorer): Scorer {
  return {
    observe(rehearsed) {
      claims.observe(rehearsed);
      invoices.observe(rehearsed);
    },
    result: () => [...claims.result(), ...invoices.result()],
  };
}
