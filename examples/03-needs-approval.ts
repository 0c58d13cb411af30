/**
 * Some forbids a person may lift, for one exact intent. Until somebody answers, the run is parked: a row, no slot, no call.
 * Answering from an inbox comes with a later release; this shows what waits, for whom, and until when.
 *
 *     node scripts/run.mjs examples/03-needs-approval.ts
 */
import { agent, fleet, on } from '../src/sdk/index.ts';
import { eur } from '../src/vocabulary/index.ts';
import { bring, parcel, refund, refundsPaid, refundTable, Returned, runs, WEB_FORM, withPlatform } from './fakes.ts';

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
  act: [refund.upTo(eur(100))],
  autonomy: { default: 'L3' },
});

const shop = fleet('shop', { tenant: 'shop', agents: [refundClerk], work: () => [] });

await withPlatform(shop, async (platform) => {
  await bring(platform, parcel('A-1', { paid: 25_000 }));
  // The same event, but by somebody we do not trust: money moves only when a person has looked.
  await bring(platform, parcel('A-2'), WEB_FORM);

  for (const line of await runs(platform)) console.log(line);
  const { rows } = await platform.pool.query<{ tool: string; roles: string[]; days: number }>(
    `select tool, roles, round(extract(epoch from expires_at - asked_at) / 86400)::int as days from reeve.approval order by seq`,
  );
  for (const { tool, roles, days } of rows) console.log(`${tool} waits for ${roles.join(' and ')}, ${days} days`);
  console.log(`refunds in the ERP's own journal: ${await refundsPaid(platform.config.dataDir)}`);
});
