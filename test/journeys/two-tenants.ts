import { z } from 'zod';
import { agent, decision, eur, fleet, http, on, tool } from '../../src/sdk/index.ts';
import type { Fleet } from '../../src/vocabulary/index.ts';

const Bill = z.object({ bill: z.string(), minor: z.int() });

/** A fleet of one payer for a tenant: above 100.00 a person has to approve. All names hold the tenant's. */
export function payerOf(tenant: string): Fleet {
  const keep = decision(`note-${tenant}`, {
    description: 'Whether a note is kept',
    table: new URL('../hostile/note.jdm.json', import.meta.url),
    tests: new URL('../hostile/note.tests.json', import.meta.url),
    input: z.object({ length: z.int() }),
    output: z.object({ keep: z.boolean() }),
  });
  const pay = tool(`grc.pay-${tenant}`, {
    description: 'Pay a bill',
    input: Bill,
    output: z.object({ id: z.string(), status: z.string() }),
    effect: 'E1',
    amount: (input) => ({ minor: input.minor, currency: 'EUR' }),
    call: http('grc', 'POST /payments'),
  });
  const payer = agent(`payer.${tenant}`, {
    tenant,
    owner: `${tenant}-team`,
    expires: '2099-12-31',
    reason: keep,
    given: () => ({ length: 1 }),
    purpose: 'Pay bills',
    perceive: on('bill.received', Bill),
    propose: ({ event }) => [pay.with(event.data, 'it was received')],
    act: [pay.upTo(eur(100))],
    autonomy: { default: 'L4' },
  });
  return fleet(tenant, { tenant, agents: [payer], work: () => [] });
}
