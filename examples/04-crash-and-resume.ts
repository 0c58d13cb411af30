/**
 * The platform is killed with SIGKILL right after it has sent a refund and before it knows the answer. The next start finds an
 * intent without an outcome, calls again with the same key because the tool is E1, and the ERP pays once.
 *
 *     node scripts/run.mjs examples/04-crash-and-resume.ts
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { agent, fleet, on } from '../src/sdk/index.ts';
import { armFailpoint, eur } from '../src/vocabulary/index.ts';
import {
  bring,
  entries,
  parcel,
  refund,
  refundsPaid,
  refundTable,
  Returned,
  runs,
  start,
  withFolder,
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

const [folderOfTheVictim] = process.argv.slice(2);
if (folderOfTheVictim !== undefined) await crash(folderOfTheVictim);
else await withFolder(crashAndResume);

/** This very file, started once more: it dies in the middle of the call. */
async function crash(dataDir: string): Promise<void> {
  const platform = await start(shop, dataDir);
  armFailpoint('act.after-send', { action: 'kill' });
  await bring(platform, parcel('A-1'));
}

async function crashAndResume(dataDir: string): Promise<void> {
  const victim = spawn(process.execPath, [fileURLToPath(import.meta.url), dataDir], { stdio: 'inherit' });
  const [, signal] = (await once(victim, 'exit')) as [number | null, string | null];
  console.log(`the platform was ended by ${signal}; refunds in the ERP's own journal: ${await refundsPaid(dataDir)}`);

  const platform = await start(shop, dataDir);
  try {
    await platform.fabric.idle();
    for (const line of await runs(platform)) console.log(`after the restart: ${line}`);
    console.log(`on record: ${(await entries(platform)).join(', ')}`);
    console.log(`refunds in the ERP's own journal: ${await refundsPaid(dataDir)}`);
  } finally {
    await platform.stop();
  }
}
