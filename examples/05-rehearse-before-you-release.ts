/**
 * A new version of a decision, over work that has already happened: the same loop with the world replaced, so nothing is done.
 * No platform runs here. What comes out is what would change, case by case, before anybody is affected.
 *
 *     node scripts/run.mjs examples/05-rehearse-before-you-release.ts
 */
import { rehearse } from '../src/rehearse/index.ts';
import { agent, decision, fleet, on } from '../src/sdk/index.ts';
import { eur, type RawEvent } from '../src/vocabulary/index.ts';
import { parcel, refund, refundTable, Returned } from './fakes.ts';

// The table with 30 days in place of 14, with tests of its own
const thirtyDays = decision('refund', {
  description: 'Whether a returned parcel is refunded: 30 days',
  table: new URL('./tables/refund-30-days.jdm.json', import.meta.url),
  tests: new URL('./tables/refund-30-days.tests.json', import.meta.url),
  input: refundTable.input,
  output: refundTable.output,
});

const clerkWith = (table: typeof refundTable) =>
  agent('refund-clerk', {
    tenant: 'shop',
    purpose: 'Pay back what customers return',
    owner: 'customer-service',
    expires: '2099-12-31',
    perceive: on('parcel.returned', Returned),
    reason: table,
    given: ({ event }) => ({ damaged: event.data.damaged, daysSinceDelivery: event.data.daysSinceDelivery }),
    propose: ({ event: { data }, decided }) =>
      decided.answer === 'refund'
        ? [refund.with({ order: data.order, paid: data.paid, currency: data.currency }, decided.reason)]
        : [],
    act: [refund.upTo(eur(100))],
    autonomy: { default: 'L3' },
  });

const lastMonth: readonly RawEvent[] = [2, 9, 14, 16, 22, 30, 31, 45].map((daysSinceDelivery, i) =>
  parcel(`A-${i + 1}`, { daysSinceDelivery, paid: 2_500 + 1_000 * i }),
);

const [before, after] = [await refundsBy(refundTable), await refundsBy(thirtyDays)];
const added = [...after].filter((order) => !before.has(order));
console.log(`${lastMonth.length} returns: ${before.size} refunded as it is, ${after.size} with the new table`);
console.log(`refunded only by the new one: ${added.join(', ')}`);

/** Orders that an agent with this table would refund. */
async function refundsBy(table: typeof refundTable): Promise<ReadonlySet<string>> {
  const orders = new Set<string>();
  const shop = fleet('shop', { tenant: 'shop', agents: [clerkWith(table)], work: () => [] });
  await rehearse(shop, lastMonth, ({ event, proposals }) => {
    if (proposals.length > 0) orders.add(event.subject);
  });
  return orders;
}
