/**
 * An agent: what it perceives, how it decides, what it may do. One event goes in, one refund comes out, and both are on record.
 *
 *     node scripts/run.mjs examples/01-first-agent.ts
 */
import { agent, fleet, on } from '../src/sdk/index.ts';
import { eur } from '../src/vocabulary/index.ts';
import { bring, entries, parcel, refund, refundsPaid, refundTable, Returned, runs, withPlatform } from './fakes.ts';

// It reads as the sentence it is.
const refundClerk = agent('refund-clerk', {
  tenant: 'shop',
  purpose: 'Pay back what customers return',
  owner: 'customer-service',
  expires: '2099-12-31',
  perceive: on('parcel.returned', Returned),
  reason: refundTable,
  given: ({ event }) => ({ damaged: event.data.damaged, daysSinceDelivery: event.data.daysSinceDelivery }),
  propose: ({ event: { data }, decided }) =>
    decided.answer === 'refund'
      ? [refund.with({ order: data.order, paid: data.paid, currency: data.currency }, decided.reason)]
      : [],
  act: [refund.upTo(eur(100))],
  autonomy: { default: 'L3' },
});

const shop = fleet('shop', { tenant: 'shop', agents: [refundClerk], work: () => [] });

await withPlatform(shop, async (platform) => {
  await bring(platform, parcel('A-1'));
  await bring(platform, parcel('A-2', { daysSinceDelivery: 40 }));
  await bring(platform, parcel('A-1'));

  for (const line of await runs(platform)) console.log(line);
  console.log(`refunds in the ERP's own journal: ${await refundsPaid(platform.config.dataDir)}`);
  console.log(`on record: ${(await entries(platform)).join(', ')}`);
});
