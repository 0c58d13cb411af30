/**
 * A platform for the stop proof: the fleet of `stop-fleet.ts` on systems that somebody else runs, always with work to do. Takes
 * commands as lines of JSON on stdin and answers on stdout; ends when stdin does.
 *
 * `--data-dir DIR --systems URL`
 */
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { readConfig } from '../../src/host/index.ts';
import { startPlatform } from '../../src/platform.ts';
import { SYSTEMS } from '../../src/testing/index.ts';
import {
  isFault,
  messageOf,
  type Label,
  type PersonId,
  type Principal,
  type TenantId,
} from '../../src/vocabulary/index.ts';
import { rootEvent, stopFleets, TENANTS } from './stop-fleet.ts';

const { values } = parseArgs({ options: { 'data-dir': { type: 'string' }, systems: { type: 'string' } } });
const dataDir = values['data-dir'] ?? '';
const platform = await startPlatform({
  config: readConfig({}, { dataDir, concurrencyPerTenant: 240, concurrencyPerAgent: 40 }),
  fleets: stopFleets,
  systems: Object.fromEntries(SYSTEMS.map((system) => [system, { baseUrl: `${values.systems}/${system}` }])),
  onTrouble: (what) => process.stderr.write(`trouble: ${what}\n`),
  onHostEvent: ({ child, state, reason }) => process.stderr.write(`${child} ${state} ${reason ?? ''}\n`),
});
answer({ ready: { databaseUrl: platform.host.databaseUrl, url: platform.url, token: platform.token.text } });

/** So many runs of each tenant are kept on record as queued (those under way among them), so that none starves the others. */
const KEEP_QUEUED = 100;
let roots = 0;
const label: Label = { integrity: 'trusted', confidentiality: 'internal', origins: ['proof'] };
void feedForEver();

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const { id, lift } = JSON.parse(line) as { id: number; lift: string };
    liftByTwo(lift).then(
      (aloneWas) => answer({ done: id, aloneWas }),
      (error: unknown) => answer({ failed: id, why: messageOf(error) }),
    );
  })
  .on('close', () => void platform.stop().then(() => process.exit(0)));

async function feedForEver(): Promise<void> {
  for (;;) {
    try {
      const { rows } = await platform.pool.query<{ tenant: string; n: string }>(
        `select tenant, count(*) as n from reeve.run where state = 'queued' group by 1`,
      );
      const queued = new Map(rows.map(({ tenant, n }) => [tenant, Number(n)]));
      for (const tenant of TENANTS) if ((queued.get(tenant) ?? 0) < KEEP_QUEUED) await bringRoot(tenant);
    } catch {
      // The database is away on purpose.
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function bringRoot(tenant: string): Promise<void> {
  const receivedAt = new Date().toISOString();
  const bringer = { tenant: tenant as TenantId, label, receivedAt, principal: null };
  await platform.fabric.receive(rootEvent(tenant, roots++), bringer);
}

/** Lifts a stop as two people do; says what became of the attempt of one of them alone. */
async function liftByTwo(scope: string): Promise<string> {
  const { fences, motions } = platform.fabric;
  const motion = await fences.proposeLift(person('ann'), scope, 'the trial is over');
  const alone = await motions.second(person('ann'), motion.id).then(
    ({ state }) => state,
    (error: unknown) => (isFault(error) ? error.code : messageOf(error)),
  );
  const stillStopped = platform.fabric.status().fences.some((fence) => fence.scope === scope && fence.stopped);
  await motions.second(person('ben'), motion.id);
  return stillStopped ? alone : 'lifted';
}

function person(name: string): Principal {
  return {
    person: `per_${Buffer.from(name).toString('hex').padStart(32, '0')}` as PersonId,
    name,
    teams: [],
    grants: [{ tenant: '*', role: 'operator', as: null }],
    via: 'token',
    scopes: null,
    credential: name,
  };
}

function answer(said: object): void {
  process.stdout.write(`${JSON.stringify(said)}\n`);
}
