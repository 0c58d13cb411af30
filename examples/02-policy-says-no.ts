/**
 * The law stands between what an agent wants and what happens. Here it wants four refunds that it may not make; each verdict
 * names the policy (src/govern/policies/reeve.cedar), and nothing reaches the ERP.
 *
 *     node scripts/run.mjs examples/02-policy-says-no.ts
 */
import { agent, fleet, on } from '../src/sdk/index.ts';
import { eur } from '../src/vocabulary/index.ts';
import { bring, OPERATOR, parcel, refund, refundsPaid, refundTable, Returned, runs, withPlatform } from './fakes.ts';

const refundClerk = agent('refund-clerk', {
  tenant: 'shop',
  purpose: 'Pay back what customers return',
  owner: 'customer-service',
  expires: '2099-12-31',
  perceive: on('parcel.returned', Returned),
  reason: refundTable,
  given: ({ event }) => ({ damaged: event.data.damaged, daysSinceDelivery: event.data.daysSinceDelivery }),
  propose: ({ event: { data }, decided }) => [
    refund.with({ order: data.order, paid: data.paid, currency: data.currency }, decided.reason),
  ],
  // Only orders that begin with `A-`, up to 100 euros
  act: [{ ...refund.upTo(eur(100)), resources: ['A-'] }],
  autonomy: { default: 'L3' },
});

const shop = fleet('shop', { tenant: 'shop', agents: [refundClerk], work: () => [] });

await withPlatform(shop, async (platform) => {
  await bring(platform, parcel('B-1'));
  await bring(platform, parcel('A-2', { currency: 'USD' }));
  await bring(platform, parcel('A-3', { paid: 200_000_000 }));
  await platform.fabric.fences.stop(OPERATOR, 'tool:erp.refund', 'the bank asked us to wait');
  await bring(platform, parcel('A-4'));

  for (const line of await runs(platform)) console.log(line);
  console.log(`refunds in the ERP's own journal: ${await refundsPaid(platform.config.dataDir)}`);
});
