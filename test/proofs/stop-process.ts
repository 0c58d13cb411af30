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
import { rootEvent, stopFleets } from './stop-fleet.ts';

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

/** So many runs are kept queued: enough that every place at every tool is wanted. */
const KEEP_QUEUED = 120;
let roots = 0;
let feeding = false;
const label: Label = { integrity: 'trusted', confidentiality: 'internal', origins: ['proof'] };
setInterval(() => void feed().catch(() => undefined), 50);

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const { id, lift } = JSON.parse(line) as { id: number; lift: string };
    liftByTwo(lift).then(
      (aloneWas) => answer({ done: id, aloneWas }),
      (error: unknown) => answer({ failed: id, why: messageOf(error) }),
    );
  })
  .on('close', () => void platform.stop().then(() => process.exit(0)));

async function feed(): Promise<void> {
  if (feeding || platform.fabric.status().queue.queued > KEEP_QUEUED) return;
  feeding = true;
  try {
    for (let n = 0; n < 6; n++) {
      const { tenant, event } = rootEvent(roots++);
      const receivedAt = new Date().toISOString();
      await platform.fabric.receive(event, { tenant: tenant as TenantId, label, receivedAt, principal: null });
    }
  } finally {
    feeding = false;
  }
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
