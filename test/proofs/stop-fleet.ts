/**
 * The fleet of the stop proof: 108 agents of three tenants. An event from outside grows a tree of depth 5: each agent acts twice
 * on a system and publishes two events for the next level, 63 runs in all.
 */
import { z } from 'zod';
import { agent, decision, fleet, http, on, publish, tool } from '../../src/sdk/index.ts';
import type { Agent, Fleet } from '../../src/vocabulary/index.ts';

export const TENANTS = ['north', 'south', 'west'] as const;
const LEVELS = 6;
const CHAINS = 6;

/** Calls under way at once to each tool, and how long each takes: what has its permit waits for a second and a half at the wire. */
const PLACES = 3;
export const CALL_TAKES_MS = 150;

const Job = z.object({ subject: z.string(), job: z.string() });
const Receipt = z.object({ id: z.string(), status: z.string() });
const Act = z.object({ job: z.string(), step: z.int() });

const kind = decision('job', {
  description: 'What a job asks for',
  table: new URL('../faults/job.jdm.json', import.meta.url),
  tests: new URL('../faults/job.tests.json', import.meta.url),
  input: z.object({ kind: z.string() }),
  output: z.object({ todo: z.string() }),
});

const common = { input: Act, output: Receipt, timeoutMs: 4_000, concurrency: PLACES } as const;
/** Of each effect class that changes something, on every system. */
const TOOLS = [
  tool('erp.post', { ...common, description: 'Post', effect: 'E1', call: http('erp', 'POST /postings') }),
  tool('erp.pay', { ...common, description: 'Pay', effect: 'E1', call: http('erp', 'POST /payments') }),
  tool('mes.hold', { ...common, description: 'Hold', effect: 'E1', call: http('mes', 'POST /holds') }),
  tool('grc.file', { ...common, description: 'File', effect: 'E1', call: http('grc', 'POST /findings') }),
  tool('ticketing.open', {
    ...common,
    description: 'Open a ticket',
    effect: 'E2',
    lookup: http('ticketing', 'GET /tickets/by-reference/{reference}'),
    call: http('ticketing', 'POST /tickets'),
  }),
  tool('patch.call', { ...common, description: 'Call somebody', effect: 'E3', call: http('patch', 'POST /calls') }),
];

export const stopFleets: readonly Fleet[] = TENANTS.map((tenant) => {
  const agents: Agent[] = [];
  for (let chain = 0; chain < CHAINS; chain++) {
    for (let level = 0; level < LEVELS; level++) agents.push(agentAt(tenant, chain, level));
  }
  return fleet(`stop-${tenant}`, { tenant, agents, work: () => [] });
});

/** An event from outside that a tree grows from. */
export function rootEvent(tenant: string, n: number): object {
  const subject = `root-${n}`;
  return {
    specversion: '1.0',
    id: subject,
    source: 'proof',
    type: typeAt(tenant, n % CHAINS, 0),
    subject,
    data: { subject, job: subject },
  };
}

function typeAt(tenant: string, chain: number, level: number): string {
  return `work.${tenant}.c${chain}.l${level}`;
}

function agentAt(tenant: string, chain: number, level: number): Agent {
  const first = TOOLS[(chain + level) % TOOLS.length] ?? TOOLS[0];
  const second = TOOLS[(chain + level + 3) % TOOLS.length] ?? TOOLS[0];
  if (first === undefined || second === undefined) throw new Error('there are no tools');
  const next =
    level + 1 < LEVELS ? publish(typeAt(tenant, chain, level + 1), { description: 'Hand on', data: Job }) : null;
  return agent(`worker-${chain}-${level}.${tenant}`, {
    purpose: 'Work until it is stopped',
    owner: 'stop-proof',
    tenant,
    expires: '2099-12-31',
    perceive: on(typeAt(tenant, chain, level), Job),
    reason: kind,
    given: () => ({ kind: 'propose' }),
    propose: ({ event: { data } }) => [
      first.with({ job: data.job, step: 0 }, 'it is asked for'),
      ...(next === null
        ? []
        : ['a', 'b'].map((side) =>
            next.with({ subject: `${data.subject}${side}`, job: `${data.job}${side}` }, 'others go on with it'),
          )),
      second.with({ job: data.job, step: 3 }, 'and followed up'),
    ],
    act: [first.granted, second.granted, ...(next === null ? [] : [next.granted])],
    autonomy: { default: 'L5' },
  });
}
