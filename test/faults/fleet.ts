/**
 * A fleet for crashing: one clerk whose jobs use a tool of each effect class, several in a row, an event published to a second
 * agent, an act that a person must approve, one that is refused, and one where there is nothing to do.
 */
import { z } from 'zod';
import { agent, decision, eur, fleet, http, on, publish, tool } from '../../src/sdk/index.ts';
import type { Fleet, RawEvent } from '../../src/vocabulary/index.ts';

export const KINDS = [
  'propose',
  'order',
  'book',
  'call',
  'read',
  'chain',
  'announce',
  'order',
  'propose',
  'ask',
  'call',
  'exceed',
  'book',
  'nothing',
] as const;
const Kind = z.enum(['read', 'propose', 'book', 'order', 'call', 'chain', 'announce', 'ask', 'exceed', 'nothing']);
const Job = z.object({ job: z.string(), subject: z.string(), kind: Kind });
const Receipt = z.object({ id: z.string(), status: z.string() });

/** Short, so that a call which hangs is settled while the proof waits. */
const timeoutMs = 1_200;

const job = decision('job', {
  description: 'What a job asks for',
  table: new URL('./job.jdm.json', import.meta.url),
  tests: new URL('./job.tests.json', import.meta.url),
  input: z.object({ kind: Kind }),
  output: z.object({ todo: Kind }),
});

/** E0. */
const read = tool('erp.read-proposals', {
  description: 'Read the proposals of a job',
  input: z.object({ job: z.string() }),
  output: z.object({ items: z.array(z.unknown()) }),
  effect: 'E0',
  timeoutMs,
  call: http('erp', 'GET /proposals'),
});

/** E1: the simulator honours the key. */
const propose = tool('erp.propose', {
  description: 'Propose something',
  input: z.object({ job: z.string(), step: z.int() }),
  output: Receipt,
  effect: 'E1',
  timeoutMs,
  resource: (input) => input.job,
  call: http('erp', 'POST /proposals'),
});

const withdrawHold = tool('mes.withdraw-hold', {
  description: 'Withdraw a hold',
  input: z.object({ id: z.string() }),
  output: Receipt,
  effect: 'E1',
  timeoutMs,
  call: http('mes', 'POST /holds/{id}/withdraw'),
});

/** E1+C. */
const hold = tool('mes.hold', {
  description: 'Put something on hold',
  input: z.object({ job: z.string(), step: z.int() }),
  output: Receipt,
  effect: 'E1',
  compensate: withdrawHold,
  timeoutMs,
  call: http('mes', 'POST /holds'),
});

/** E2: ignores the key, but can be asked by reference. */
const open = tool('ticketing.open', {
  description: 'Open a ticket',
  input: z.object({ job: z.string(), step: z.int() }),
  output: Receipt,
  effect: 'E2',
  timeoutMs,
  lookup: http('ticketing', 'GET /tickets/by-reference/{reference}'),
  call: http('ticketing', 'POST /tickets'),
});

/** E3: ignores the key, and nobody can be asked. */
const call = tool('patch.call', {
  description: 'Call somebody',
  input: z.object({ job: z.string(), step: z.int() }),
  output: Receipt,
  effect: 'E3',
  timeoutMs,
  call: http('patch', 'POST /calls'),
});

const pay = tool('grc.pay', {
  description: 'Pay an amount',
  input: z.object({ job: z.string(), minor: z.int() }),
  output: Receipt,
  effect: 'E1',
  timeoutMs,
  amount: (input) => ({ minor: input.minor, currency: 'EUR' }),
  call: http('grc', 'POST /payments'),
});

const Note = z.object({ subject: z.string(), job: z.string() });
const announce = publish('job.announced', { description: 'Announce a job', data: Note });

const common = { owner: 'crash-proof', tenant: 'proof', expires: '2099-12-31', reason: job } as const;

const clerk = agent('clerk.proof', {
  ...common,
  purpose: 'Do jobs while the ground shakes',
  perceive: on('job.given', Job),
  given: ({ event }) => ({ kind: event.data.kind }),
  propose({ event: { data }, decided: { todo } }) {
    const at = (step: number) => ({ job: data.job, step });
    switch (todo) {
      case 'read':
        return [read.with({ job: data.job }, 'it is asked for'), propose.with(at(1), 'and acted on')];
      case 'propose':
        return [propose.with(at(0), 'it is asked for')];
      case 'book':
        return [hold.with(at(0), 'it is asked for')];
      case 'order':
        return [open.with(at(0), 'it is asked for')];
      case 'call':
        return [call.with(at(0), 'it is asked for')];
      case 'chain':
        return [open.with(at(0), 'first'), hold.with(at(1), 'second'), propose.with(at(2), 'third')];
      case 'announce':
        return [announce.with({ subject: data.subject, job: data.job }, 'others wait for it')];
      case 'ask':
        return [pay.with({ job: data.job, minor: 50_000 }, 'above the limit')];
      case 'exceed':
        return [pay.with({ job: data.job, minor: 900_000_000 }, 'above every limit')];
      case 'nothing':
        return [];
    }
  },
  act: [
    read.granted,
    propose.granted,
    hold.granted,
    withdrawHold.granted,
    open.granted,
    call.granted,
    pay.upTo(eur(100)),
    announce.granted,
  ],
  autonomy: { default: 'L4' },
});

const listener = agent('listener.proof', {
  ...common,
  purpose: 'Hear what the clerk announces',
  perceive: on('job.announced', Note),
  given: () => ({ kind: 'propose' as const }),
  propose: ({ event: { data } }) => [propose.with({ job: data.job, step: 9 }, 'it was announced')],
  act: [propose.granted],
  autonomy: { default: 'L4' },
});

/** The fleet, with `count()` jobs to do; asked again each time work is fed, so that there can be more later. */
export function crashFleet(count: () => number): Fleet {
  return fleet('crash', {
    tenant: 'proof',
    agents: [clerk, listener],
    *work() {
      for (let i = 0; i < count(); i++) yield jobAt(i);
    },
  });
}

function kindAt(i: number): (typeof KINDS)[number] {
  return KINDS[i % KINDS.length]!;
}

function jobAt(i: number): RawEvent {
  // Some share a subject, so that they are worked one after another.
  const subject = `subject-${i % 3 === 0 ? `shared-${i % 7}` : i}`;
  return {
    id: `job-${i}`,
    source: 'proof',
    type: 'job.given',
    subject,
    time: '2026-11-22T08:00:00Z',
    data: { job: `job-${i}`, subject, kind: kindAt(i) },
  };
}
