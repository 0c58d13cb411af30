import { z } from 'zod';
import { http, publish, tool } from '../../src/sdk/index.ts';
import { Limits, Sample } from './events.ts';

const Receipt = z.object({ id: z.string(), status: z.string() });
const Document = z.object({ id: z.string() });
const OrderNote = z.object({ order: z.string(), finding: z.string() });

/** Undoes a document of the manufacturing execution system. */
function withdrawal(collection: string, what: string) {
  return tool(`mes.withdraw-${what}`, {
    description: `Withdraw a ${what}`,
    input: Document,
    output: Receipt,
    effect: 'E1',
    call: http('mes', `POST /${collection}/{id}/withdraw`),
  });
}

export const setLimits = tool('mes.set-control-limits', {
  description: 'Put control limits in force for a chart',
  input: Limits.extend({ chart: z.string(), reason: z.string() }),
  output: Receipt,
  effect: 'E1',
  compensate: withdrawal('control-limits', 'control-limits'),
  resource: ({ chart }) => chart,
  call: http('mes', 'POST /control-limits'),
});

export const reviewSample = publish('sample.measured', {
  description: 'Send a sample of a closed phase again, with the limits to judge it by',
  data: Sample,
});

/** Lights the andon at the line: it cannot be asked afterwards and has no key, so nobody knows whether an unanswered call was heard. */
export const callAndon = tool('mes.call-andon', {
  description: 'Call the line: the process is out of control',
  input: z.object({ chart: z.string(), sample: z.int(), signal: z.string() }),
  output: Receipt,
  effect: 'E3',
  risk: 'medium',
  resource: ({ chart }) => chart,
  call: http('mes', 'POST /andon-calls'),
});

export const openTicket = tool('ticketing.open-quality-ticket', {
  description: 'Ask a quality engineer to look into something',
  input: z.object({ about: z.string(), title: z.string() }),
  output: Receipt,
  effect: 'E2',
  lookup: http('ticketing', 'GET /tickets/by-reference/{reference}'),
  resource: ({ about }) => about,
  call: http('ticketing', 'POST /tickets'),
});

export const holdOrder = tool('mes.hold-order', {
  description: 'Hold an order: it is not shipped',
  input: OrderNote,
  output: Receipt,
  effect: 'E1',
  compensate: withdrawal('holds', 'hold'),
  risk: 'medium',
  resource: ({ order }) => order,
  call: http('mes', 'POST /holds'),
});

export const recordFinding = tool('mes.record-finding', {
  description: 'Record a finding about an order',
  input: OrderNote,
  output: Receipt,
  effect: 'E1',
  resource: ({ order }) => order,
  call: http('mes', 'POST /findings'),
});

/** What is quarantined is taken off the dock and stripped of its papers: a person agrees first. */
export const quarantineOrder = tool('mes.quarantine-order', {
  description: 'Quarantine a packed order',
  input: OrderNote,
  output: Receipt,
  effect: 'E1',
  compensate: withdrawal('quarantines', 'quarantine'),
  risk: 'high',
  resource: ({ order }) => order,
  call: http('mes', 'POST /quarantines'),
});

export const completeOrder = tool('mes.complete-order', {
  description: 'Report an order complete',
  input: z.object({ order: z.string(), steps: z.int() }),
  output: Receipt,
  effect: 'E1',
  resource: ({ order }) => order,
  call: http('mes', 'POST /completions'),
});

export const reportProgress = tool('mes.report-progress', {
  description: 'Report that an order has reached a stage',
  input: z.object({ order: z.string(), stage: z.string(), activity: z.string() }),
  output: Receipt,
  effect: 'E1',
  resource: ({ order }) => order,
  call: http('mes', 'POST /progress-reports'),
});

export const proposeChange = tool('grc.propose-design-change', {
  description: 'Propose a change to design, because an order had to be reworked',
  input: z.object({ order: z.string(), activity: z.string(), concern: z.string() }),
  output: Receipt,
  effect: 'E1',
  compensate: tool('grc.withdraw-design-change', {
    description: 'Withdraw a proposed change',
    input: Document,
    output: Receipt,
    effect: 'E1',
    call: http('grc', 'POST /change-proposals/{id}/withdraw'),
  }),
  resource: ({ order }) => order,
  call: http('grc', 'POST /change-proposals'),
});

export const disposePlate = tool('mes.dispose-plate', {
  description: 'Send a plate to where its fault is dealt with',
  input: z.object({ plate: z.string(), disposition: z.string(), reason: z.string() }),
  output: Receipt,
  effect: 'E1',
  compensate: withdrawal('dispositions', 'disposition'),
  resource: ({ plate }) => plate,
  call: http('mes', 'POST /dispositions'),
});

/** Nothing brings a scrapped plate back: a person agrees first. */
export const scrapPlate = tool('mes.scrap-plate', {
  description: 'Scrap a plate',
  input: z.object({ plate: z.string(), reason: z.string() }),
  output: Receipt,
  effect: 'E1',
  risk: 'high',
  resource: ({ plate }) => plate,
  call: http('mes', 'POST /scrappings'),
});
