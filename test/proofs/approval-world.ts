/** The real gate with approvals behind it: database, law, permits, actor, and a simulator that never honours a key. */
import { join } from 'node:path';
import type { Pool } from 'pg';
import { z } from 'zod';
import { createActor, type Actor } from '../../src/act/index.ts';
import { createApprovalRecords, type ApprovalRecords } from '../../src/fabric/approvals/approval-rows.ts';
import { createReservations } from '../../src/fabric/budgets/reservations.ts';
import { createGate, type GateOptions } from '../../src/fabric/gate.ts';
import { fixedLaw } from '../../src/fabric/policies/law-book.ts';
import { readStanding, type Standing } from '../../src/fabric/standing.ts';
import { createRegistry, type Registry } from '../../src/fleet/index.ts';
import { createJudge, createPermits, loadLaw } from '../../src/govern/index.ts';
import { migrate, openPool, readConfig, startHost } from '../../src/host/index.ts';
import { openWriter, type LedgerWriter } from '../../src/ledger/index.ts';
import { agent, decision, eur, fleet, http, on, tool } from '../../src/sdk/index.ts';
import { SYSTEMS } from '../../src/testing/index.ts';
import { systemClock, type Permit } from '../../src/vocabulary/index.ts';
import { startSimulatorProcess } from '../faults/processes.ts';

const Wire = z.object({ case: z.string().max(200), minor: z.int(), currency: z.string().max(3), memo: z.string() });
export type Wire = z.infer<typeof Wire>;

/** A transfer that can neither be asked about nor called twice: a second call is a second transfer. */
export const wire = tool('erp.wire', {
  description: 'Wire an amount',
  input: Wire,
  output: z.object({ id: z.string(), status: z.string() }),
  effect: 'E3',
  amount: ({ minor, currency }) => ({ minor, currency }),
  resource: (given) => given.case,
  revision: http('erp', 'GET /cases/{case}'),
  call: http('erp', 'POST /wires'),
});

export const clerk = agent('clerk.home', {
  purpose: 'Wire money when people agree',
  owner: 'treasury',
  tenant: 'home',
  expires: '2099-12-31',
  perceive: on('case.given', z.object({ case: z.string() })),
  reason: decision('job', {
    description: 'Says what to do',
    table: new URL('../faults/job.jdm.json', import.meta.url),
    tests: new URL('../faults/job.tests.json', import.meta.url),
    input: z.object({ kind: z.string() }),
    output: z.object({ todo: z.string() }),
  }),
  given: () => ({ kind: 'nothing' }),
  propose: () => [],
  act: [{ ...wire.upTo(eur(100)), resources: ['case-'] }],
  autonomy: { default: 'L4' },
});

export interface ApprovalWorld {
  readonly registry: Registry;
  readonly writer: LedgerWriter;
  readonly pool: Pool;
  readonly approvals: ApprovalRecords;
  readonly standing: Standing;
  /** A gate and an actor of their own, as another process would have. Options given here take the place of the usual ones. */
  worker(changed?: Partial<GateOptions>): { readonly pass: ReturnType<typeof createGate>; readonly actor: Actor };
  /** A second connection that appends. */
  anotherWriter(): Promise<LedgerWriter>;
  readonly journals: string;
  stop(): Promise<void>;
}

/** Starts it all in `dir`. */
export async function openApprovalWorld(dir: string): Promise<ApprovalWorld> {
  const undo: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (let last = undo.pop(); last !== undefined; last = undo.pop()) await last();
  };
  try {
    const journals = join(dir, 'simulator');
    const simulator = await startSimulatorProcess(journals, join(dir, 'simulator.log'));
    undo.push(() => simulator.stop());
    await simulator.knobs('erp', { honourKey: false });
    const host = await startHost(readConfig({}, { dataDir: join(dir, 'data') }));
    undo.push(() => host.stop());
    await migrate(host.databaseUrl);
    const pool = openPool(host.databaseUrl, { connections: 8 });
    undo.push(() => pool.end());
    const openOne = async () => {
      const writer = await openWriter({ url: host.databaseUrl, clock: systemClock });
      undo.push(() => writer.close());
      return writer;
    };
    const writer = await openOne();
    const registry = createRegistry([fleet('home', { tenant: 'home', agents: [clerk], work: () => [] })]);
    const law = loadLaw();
    const standing = await readStanding(pool, fixedLaw(law));
    const approvals = createApprovalRecords(pool);
    const judge = createJudge();
    const systems = Object.fromEntries(SYSTEMS.map((system) => [system, { baseUrl: `${simulator.url}/${system}` }]));
    return {
      registry,
      writer,
      pool,
      approvals,
      standing,
      journals,
      stop,
      anotherWriter: openOne,
      worker(changed = {}) {
        const permits = createPermits();
        const actor = createActor({
          systems,
          clock: systemClock,
          publish: () => Promise.reject(new Error('nothing is published here')),
          spend: (permit: Permit) => permits.spend(permit),
        });
        undo.push(() => actor.stop());
        const pass = createGate({
          registry,
          writer,
          judge,
          permits,
          clock: systemClock,
          environment: 'development',
          reservations: createReservations({ clock: systemClock }),
          standing: () => standing,
          reload: () => Promise.resolve(),
          approvals,
          revision: () => Promise.resolve('1'),
          ...changed,
        });
        return { pass, actor };
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
