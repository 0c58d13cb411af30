/** The real gate with everything behind it, for the proof `gate`: database, law, permits, actor, and simulators by HTTP. */
import { join } from 'node:path';
import type { Pool } from 'pg';
import { z } from 'zod';
import { createActor, type Actor } from '../../src/act/index.ts';
import { createApprovalRecords } from '../../src/fabric/approvals/approval-rows.ts';
import { createReservations } from '../../src/fabric/budgets/reservations.ts';
import { createLiveWorld, type LiveWorldOptions } from '../../src/fabric/live-world.ts';
import { fixedLaw } from '../../src/fabric/policies/law-book.ts';
import { readStanding } from '../../src/fabric/standing.ts';
import { createTemplates, type World } from '../../src/fabric/index.ts';
import { createRegistry, type Registry } from '../../src/fleet/index.ts';
import { createJudge, createPermits, loadLaw } from '../../src/govern/index.ts';
import { migrate, openPool, readConfig, startHost } from '../../src/host/index.ts';
import { openWriter, type LedgerWriter } from '../../src/ledger/index.ts';
import { agent, decision, eur, fleet, http, on, tool } from '../../src/sdk/index.ts';
import { SYSTEMS } from '../../src/testing/index.ts';
import { systemClock, type Agent, type Capability, type Permit, type TenantId } from '../../src/vocabulary/index.ts';
import { startSimulatorProcess } from '../faults/processes.ts';

const Receipt = z.object({ id: z.string(), status: z.string() });
export const Payment = z.object({
  case: z.string().max(200),
  minor: z.int(),
  currency: z.string().max(3),
  memo: z.string().max(500).optional(),
});

export const pay = tool('erp.pay', {
  description: 'Pay an amount on a case',
  input: Payment,
  output: Receipt,
  effect: 'E1',
  amount: ({ minor, currency }) => ({ minor, currency }),
  resource: (payment) => payment.case,
  call: http('erp', 'POST /payments'),
});
export const note = tool('mes.note', {
  description: 'Write a note',
  input: z.object({ text: z.string().max(500) }),
  output: Receipt,
  effect: 'E1',
  call: http('mes', 'POST /notes'),
});
export const halted = tool('mes.halted', { ...toolLike(), call: http('mes', 'POST /halted') });
export const abroad = tool('grc.abroad', { ...toolLike(), call: http('grc', 'POST /abroad') });

/** Collections that honest work writes to; a line in any other was never judged. */
export const HONEST_PLACES: ReadonlySet<string> = new Set(['erp/payments', 'mes/notes']);

const capability: Capability = { tool: pay, upTo: eur(100), resources: ['case-'] };
const Given = z.object({ case: z.string() });
const common = {
  purpose: 'Be attacked',
  owner: 'gate-proof',
  tenant: 'home',
  expires: '2099-12-31',
  perceive: on('case.given', Given),
  reason: decision('job', {
    description: 'Says what to do',
    table: new URL('../faults/job.jdm.json', import.meta.url),
    tests: new URL('../faults/job.tests.json', import.meta.url),
    input: z.object({ kind: z.string() }),
    output: z.object({ todo: z.string() }),
  }),
  given: () => ({ kind: 'nothing' }),
  propose: () => [],
  act: [capability, note.on('case-'), halted.granted],
  autonomy: { default: 'L4' as const },
};
export const payer = agent('payer.home', common);
export const stopped = agent('stopped.home', common);
export const expired = agent('expired.home', { ...common, expires: '2020-01-01' });
export const bystander = agent('bystander.home', { ...common, act: [note.granted] });
export const foreigner = agent('foreigner.abroad', { ...common, tenant: 'abroad', act: [abroad.granted] });

export interface GateWorld {
  readonly world: World;
  readonly actor: Actor;
  /** What it is made of, to make others like it. */
  readonly options: LiveWorldOptions;
  readonly databasePid: number;
  /** The control: an actor that takes any permit for good. */
  readonly credulous: Actor;
  readonly writer: LedgerWriter;
  readonly registry: Registry;
  readonly pool: Pool;
  /** Where the simulators' journals lie. */
  readonly journals: string;
  stop(): Promise<void>;
}

/** Starts it all in `dir`. */
export async function openGateWorld(dir: string): Promise<GateWorld> {
  const undo: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (let last = undo.pop(); last !== undefined; last = undo.pop()) await last();
  };
  try {
    const journals = join(dir, 'simulator');
    const simulator = await startSimulatorProcess(journals, join(dir, 'simulator.log'));
    undo.push(() => simulator.stop());
    const host = await startHost(readConfig({}, { dataDir: join(dir, 'data') }));
    undo.push(() => host.stop());
    await migrate(host.databaseUrl);
    const pool = openPool(host.databaseUrl, { connections: 4 });
    undo.push(() => pool.end());
    const writer = await openWriter({ url: host.databaseUrl, clock: systemClock });
    undo.push(() => writer.close());
    const registry = createRegistry([
      fleetOf('home', [payer, stopped, expired, bystander]),
      fleetOf('abroad', [foreigner]),
    ]);
    await stopScopes(writer, [`agent:${stopped.name}`, `tool:${halted.name}`]);
    const law = loadLaw();
    let standing = await readStanding(pool, fixedLaw(law));
    const permits = createPermits();
    const systems = Object.fromEntries(SYSTEMS.map((system) => [system, { baseUrl: `${simulator.url}/${system}` }]));
    const acting = {
      systems,
      clock: systemClock,
      publish: () => Promise.reject(new Error('nothing is published here')),
    };
    const actor = createActor({ ...acting, spend: (permit: Permit) => permits.spend(permit) });
    const credulous = createActor({ ...acting, spend: () => true });
    undo.push(
      () => credulous.stop(),
      () => actor.stop(),
    );
    const options: LiveWorldOptions = {
      registry,
      writer,
      judge: createJudge(),
      permits,
      clock: systemClock,
      environment: 'development',
      reservations: createReservations({ clock: systemClock }),
      pool,
      standing: () => standing,
      reload: async () => {
        standing = await readStanding(pool, fixedLaw(law));
      },
      approvals: createApprovalRecords(pool),
      revision: () => Promise.resolve(null),
      past: { before: () => Promise.resolve([]) },
      templates: createTemplates(),
      actor,
      underWay: new Map(),
    };
    const world = createLiveWorld(options);
    const databasePid = host.children.postgres?.pid ?? 0;
    return { world, options, databasePid, actor, credulous, writer, registry, pool, journals, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function toolLike() {
  return { description: 'Not for us', input: z.object({ text: z.string() }), output: Receipt, effect: 'E1' as const };
}

function fleetOf(tenant: string, agents: readonly Agent[]) {
  return fleet(tenant, { tenant, agents, work: () => [] });
}

async function stopScopes(writer: LedgerWriter, scopes: readonly string[]): Promise<void> {
  const fences = scopes.map((scope) => ({ scope, stopped: true, epoch: 1, reason: 'gate proof' }));
  await writer.append({
    entries: fences.map(
      (body) => ({ kind: 'fence.changed', tenant: 'platform' as TenantId, run: null, agent: null, body }) as const,
    ),
    fences,
    changesLaw: true,
  });
}
