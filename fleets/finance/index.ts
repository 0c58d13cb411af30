/**
 * Finance: expense claims of a university and supplier invoices by EN 16931, in one tenant.
 *
 * Owns: nothing at run time. Joins `claims/` and `invoices/`, each with its agents, its records and the answers it is measured by.
 */
import { fleet } from '../../src/sdk/index.ts';
import { claimAgents, claimScorer, claimWork } from './claims/index.ts';

export const finance = fleet('finance', {
  tenant: 'finance',
  agents: [...claimAgents],
  work: (options) => claimWork(options),
  score: () => claimScorer(),
});
