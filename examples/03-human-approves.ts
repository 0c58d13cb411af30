/**
 * Some forbids a person may lift, for one exact act. Until somebody answers, the run is parked: a row, no slot, no call. What is
 * declined never runs; what is approved runs once, exactly as it was shown.
 *
 *     node scripts/run.mjs examples/03-human-approves.ts
 */
import { agent, fleet, on } from '../src/sdk/index.ts';
import { eur } from '../src/vocabulary/index.ts';
import {
  bring,
  CONTROLLER,
  OPERATOR,
  parcel,
  refund,
  refundsPaid,
  refundTable,
  Returned,
  runs,
  waiting,
  WEB_FORM,
  withPlatform,
} from './fakes.ts';

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
  const { approvals } = platform.fabric;
  const paid = async () => `refunds in the ERP's own journal: ${await refundsPaid(platform.config.dataDir)}`;

  await bring(platform, parcel('A-1', { paid: 25_000 }));
  // Like any other, but brought by somebody we do not trust: money moves only when a person has looked.
  await bring(platform, parcel('A-2'), WEB_FORM);
  for (const line of await runs(platform)) console.log(line);
  console.log(`while they wait, ${await paid()}`);

  const [first, second] = await waiting(platform);
  if (first === undefined || second === undefined) throw new Error('two were to wait for a person');
  // What Carla sees is what will be called, and her answer is for the digest of exactly that.
  const { lines, digest } = await approvals.open(CONTROLLER, first);
  for (const [name, value] of lines) console.log(`  ${name}: ${value}`);
  await approvals.answer(CONTROLLER, first, { kind: 'approve', digest, reason: 'the customer sent the invoice' });
  const seen = await approvals.open(CONTROLLER, second);
  await approvals.answer(CONTROLLER, second, {
    kind: 'decline',
    digest: seen.digest,
    reason: 'nobody knows this order',
  });

  // An operator may stop things, and may not answer. Nobody answers twice.
  const late = { kind: 'approve', digest: seen.digest } as const;
  for (const person of [OPERATOR, CONTROLLER])
    await approvals
      .answer(person, second, late)
      .catch((error: Error) => console.log(`${person.name}: ${error.message}`));

  await platform.fabric.idle();
  for (const line of await runs(platform)) console.log(`after the answers, ${line}`);
  console.log(await paid());
});
