/**
 * Vulnerability triage: 25 agents (five roles in five organisational units) over 3,699 CVEs as CISA's analysts published
 * them. The path of one CVE: an intake desk reads the analysts' words as they are and passes the record on; five units decide
 * by the official tables and open a ticket with a due date, or ask a person first; what cannot wait is planned, and looked
 * into, by the unit's own patch planners and forensics.
 *
 * Owns: the data and decision templates beside it. Knows the SDK only.
 */
import { fleet } from '../../src/sdk/index.ts';
import { enrichment } from './agents/enrichment.ts';
import { forensics } from './agents/forensics.ts';
import { intake } from './agents/intake.ts';
import { patchPlanning } from './agents/patch-planning.ts';
import { triage } from './agents/triage.ts';
import { score } from './score.ts';
import { work } from './work.ts';

export const security = fleet('security', {
  tenant: 'security',
  agents: [...intake, ...triage, ...enrichment, ...patchPlanning, ...forensics],
  work,
  score,
});
