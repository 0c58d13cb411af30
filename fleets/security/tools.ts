import { z } from 'zod';
import { http, publish, tool } from '../../src/sdk/index.ts';
import { Enriched, Ordered } from './events.ts';

const Receipt = z.object({ id: z.string(), status: z.string() });
const Withdrawal = z.object({ id: z.string() });

/** A matter of one unit: what a capability is granted for is the unit's own, by prefix. */
const OfUnit = z.object({ unit: z.string(), subject: z.string() });
const matter = ({ unit, subject }: z.infer<typeof OfUnit>) => `${unit}/${subject}`;

// --- Events for other agents ------------------------------------------------------------------------------------------

export const passOn = publish('vulnerability.enriched', {
  description: 'Passes a record on to the units, in the tables’ own words and with its catalogue entry',
  data: Enriched,
});

export const orderRemediation = publish('remediation.ordered', {
  description: 'Has the unit’s patch planners and forensics start at once',
  data: Ordered,
});

// --- Ticketing --------------------------------------------------------------------------------------------------------

const Ticket = OfUnit.extend({
  title: z.string(),
  product: z.string(),
  outcome: z.string(),
  due: z.iso.date(),
});

export const openTicket = tool('ticketing.open', {
  description: 'Opens a ticket with a due date for the people who run the unit’s systems',
  input: Ticket,
  output: Receipt,
  effect: 'E2',
  resource: (input) => matter(input),
  call: http('ticketing', 'POST /tickets'),
  lookup: http('ticketing', 'GET /tickets/by-reference/{reference}'),
});

/** The same ticket, but it takes people off other work: a person says yes first. */
export const escalate = tool('ticketing.escalate', {
  description: 'Opens a ticket that people drop other work for',
  input: Ticket,
  output: Receipt,
  effect: 'E2',
  risk: 'high',
  resource: (input) => matter(input),
  call: http('ticketing', 'POST /tickets'),
  lookup: http('ticketing', 'GET /tickets/by-reference/{reference}'),
});

export const watch = tool('ticketing.watch', {
  description: 'Notes that a vulnerability is watched for changes, with no due date',
  input: OfUnit.extend({ title: z.string() }),
  output: Receipt,
  effect: 'E1',
  resource: (input) => matter(input),
  call: http('ticketing', 'POST /watch-notes'),
});

export const askAnalysts = tool('ticketing.ask-analysts', {
  description: 'Asks the analysts what they meant by values that no table knows',
  input: OfUnit.extend({ exploitation: z.string(), automatable: z.string(), technicalImpact: z.string() }),
  output: Receipt,
  effect: 'E1',
  resource: (input) => matter(input),
  call: http('ticketing', 'POST /questions'),
});

/** Rings a person at the firm on retainer. A call that was made cannot be asked about afterwards. */
export const callResponder = tool('ticketing.call-responder', {
  description: 'Calls the incident responder on retainer, outside the enterprise',
  input: OfUnit.extend({ product: z.string(), why: z.string() }),
  output: Receipt,
  effect: 'E3',
  external: true,
  resource: (input) => matter(input),
  call: http('ticketing', 'POST /responder-calls'),
});

// --- Patch management -------------------------------------------------------------------------------------------------

const Plan = OfUnit.extend({ product: z.string(), plan: z.string(), due: z.iso.date() });

export const withdrawPlan = tool('patch.withdraw-plan', {
  description: 'Withdraws a plan that is not needed any more',
  input: Withdrawal,
  output: Receipt,
  effect: 'E1',
  call: http('patch', 'POST /plans/{id}/withdraw'),
});

export const planPatch = tool('patch.plan', {
  description: 'Plans the change that remedies a vulnerability on the unit’s assets',
  input: Plan,
  output: Receipt,
  effect: 'E1',
  compensate: withdrawPlan,
  resource: (input) => matter(input),
  call: http('patch', 'POST /plans'),
});

export const withdrawDisconnection = tool('patch.withdraw-disconnection', {
  description: 'Withdraws a disconnection: the product may stay on the network',
  input: Withdrawal,
  output: Receipt,
  effect: 'E1',
  risk: 'high',
  call: http('patch', 'POST /disconnections/{id}/withdraw'),
});

export const disconnect = tool('patch.disconnect', {
  description: 'Takes a product that nobody mends any more off the unit’s network',
  input: Plan,
  output: Receipt,
  effect: 'E1',
  risk: 'high',
  compensate: withdrawDisconnection,
  resource: (input) => matter(input),
  call: http('patch', 'POST /disconnections'),
});

// --- Governance, risk and compliance ----------------------------------------------------------------------------------

export const withdrawThreatNote = tool('grc.withdraw-threat-note', {
  description: 'Withdraws a note from the risk register',
  input: Withdrawal,
  output: Receipt,
  effect: 'E1',
  call: http('grc', 'POST /threat-notes/{id}/withdraw'),
});

export const noteThreat = tool('grc.note-threat', {
  description: 'Notes in the unit’s risk register how a vulnerability is being exploited',
  input: OfUnit.extend({ note: z.string(), techniques: z.array(z.string()), listedOn: z.iso.date() }),
  output: Receipt,
  effect: 'E1',
  compensate: withdrawThreatNote,
  resource: (input) => matter(input),
  call: http('grc', 'POST /threat-notes'),
});

export const readLogExtracts = tool('grc.read-log-extracts', {
  description: 'Reads what has been kept of logs about a vulnerability, so that the record shows what was known',
  input: z.object({ subject: z.string() }),
  output: z.object({ items: z.array(z.unknown()) }),
  effect: 'E0',
  sends: 'confidential',
  reads: 'confidential',
  call: http('grc', 'GET /log-extracts?reference={subject}'),
});

export const openCase = tool('grc.open-forensic-case', {
  description: 'Opens a forensic case: keep the logs, look for traces',
  input: OfUnit.extend({ product: z.string(), outcome: z.string(), assets: z.string(), due: z.iso.date() }),
  output: Receipt,
  effect: 'E1',
  sends: 'confidential',
  resource: (input) => matter(input),
  call: http('grc', 'POST /forensic-cases'),
});
