/** The real gate, writer and database with budgets in force, for the proof `budgets`. */
import { join } from 'node:path';
import type { Pool } from 'pg';
import { z } from 'zod';
import { createActor } from '../../src/act/index.ts';
import { createApprovalRecords } from '../../src/fabric/approvals/approval-rows.ts';
import { budgetChange } from '../../src/fabric/budgets/budget-kind.ts';
import { createReservations, type Reservations } from '../../src/fabric/budgets/reservations.ts';
import { createDocuments } from '../../src/fabric/documents.ts';
import { createTemplates, type EffectOnRecord, type Task, type World } from '../../src/fabric/index.ts';
import { createLiveWorld } from '../../src/fabric/live-world.ts';
import { createMotions } from '../../src/fabric/motions.ts';
import { fixedLaw } from '../../src/fabric/policies/law-book.ts';
import { createRecords } from '../../src/fabric/records.ts';
import { readStanding } from '../../src/fabric/standing.ts';
import { createRegistry } from '../../src/fleet/index.ts';
import { createJudge, createPermits, loadLaw, type BudgetTerms } from '../../src/govern/index.ts';
import { migrate, openPool, readConfig, startHost } from '../../src/host/index.ts';
import { openWriter, type LedgerWriter } from '../../src/ledger/index.ts';
import { agent, decision, fleet, money, on, tool } from '../../src/sdk/index.ts';
import {
  digest,
  newId,
  NO_TRAIL,
  systemClock,
  type EventId,
  type Permit,
  type PersonId,
  type Principal,
} from '../../src/vocabulary/index.ts';

const Spending = z.object({ most: z.int(), minor: z.int() });
/** What local calls do; the proof says. */
export const calls = { perform: (_: z.infer<typeof Spending>): unknown => ({ used: 0 }) };

/** Declares the most tokens that it may use, says how many it used, and moves money. */
export const spend = tool('lab.spend', {
  description: 'Use up tokens and money',
  input: Spending,
  output: z.object({ used: z.int() }),
  effect: 'E1',
  amount: ({ minor }) => money(minor, 'EUR'),
  cost: ({ most }) => ({ tokens: most }),
  spent: ({ used }) => ({ tokens: used }),
  concurrency: 1_000,
  call: { kind: 'local', perform: (input) => calls.perform(input as z.infer<typeof Spending>) },
});

const Given = z.object({ case: z.string() });
const spender = (name: string) =>
  agent(name, {
    purpose: 'Use up budgets',
    owner: 'budgets-proof',
    tenant: 'lab',
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
    act: [spend.upTo(money(100_000_000, 'EUR'))],
    autonomy: { default: 'L4' },
  });
export const SPENDERS = [spender('spender.one'), spender('spender.two')] as const;

export interface BudgetWorld {
  readonly world: World;
  readonly writer: LedgerWriter;
  readonly pool: Pool;
  /** Sets a budget of the tenant, or removes it. */
  set(name: string, terms: Partial<BudgetTerms> | null): Promise<void>;
  /** So many runs on record, each with an event of its own, of one tree or each of its own. */
  tasks(count: number, root?: EventId): Promise<readonly Task[]>;
  /** A task as it is taken up again: with what is on record of it. */
  again(task: Task): Promise<Task>;
  stop(): Promise<void>;
}

/** @param wrap puts something else in the place of the reservations: the control. */
export async function openBudgetWorld(
  dir: string,
  wrap: (reservations: Reservations) => Reservations = (reservations) => reservations,
): Promise<BudgetWorld> {
  const undo: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (let last = undo.pop(); last !== undefined; last = undo.pop()) await last();
  };
  try {
    const host = await startHost(readConfig({}, { dataDir: join(dir, 'data') }));
    undo.push(() => host.stop());
    await migrate(host.databaseUrl);
    const pool = openPool(host.databaseUrl, { connections: 4 });
    undo.push(() => pool.end());
    const writer = await openWriter({ url: host.databaseUrl, clock: systemClock });
    undo.push(() => writer.close());
    const registry = createRegistry([fleet('lab', { tenant: 'lab', agents: [...SPENDERS], work: () => [] })]);
    const law = fixedLaw(loadLaw());
    let standing = await readStanding(pool, law);
    const reload = async () => {
      standing = await readStanding(pool, law);
    };
    const permits = createPermits();
    const actor = createActor({
      systems: {},
      clock: systemClock,
      publish: () => Promise.reject(new Error('nothing is published here')),
      spend: (permit: Permit) => permits.spend(permit),
    });
    undo.push(() => actor.stop());
    const documents = createDocuments(pool);
    const motions = createMotions({
      writer,
      documents,
      clock: systemClock,
      kinds: [budgetChange({ documents, registry })],
      isSingle: () => false,
      singleDelayMs: 0,
      reload,
    });
    const records = createRecords(pool);
    const world = createLiveWorld({
      registry,
      writer,
      pool,
      judge: createJudge(),
      permits,
      clock: systemClock,
      environment: 'development',
      reservations: wrap(createReservations({ clock: systemClock })),
      standing: () => standing,
      reload,
      approvals: createApprovalRecords(pool),
      revision: () => Promise.resolve(null),
      past: { before: () => Promise.resolve([]) },
      templates: createTemplates(),
      actor,
      underWay: new Map(),
    });
    return {
      world,
      writer,
      pool,
      async set(name, terms) {
        const rev = (await documents.find('budget', `lab/${name}`))?.rev ?? 0;
        const body = { tenant: 'lab', name, rev, terms };
        const motion = await motions.propose(ADMINISTRATORS[0], 'budget.change', body, 'budgets proof');
        if (motion.state === 'proposed') await motions.second(ADMINISTRATORS[1], motion.id);
      },
      async tasks(count, root) {
        const tasks = Array.from({ length: count }, (_, n) => taskOf(SPENDERS[n % 2]!, root));
        await writer.append({
          entries: [],
          runs: tasks.map(({ run }) => ({ ...run, entry: 0, agent_version: run.agentVersion })),
        });
        return tasks;
      },
      async again(task) {
        const effects = (await records.effectsOf([task.run.id])).get(task.run.id) ?? new Map<number, EffectOnRecord>();
        return { ...task, effects };
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

const ADMINISTRATORS = ['first', 'second'].map((name): Principal => ({
  person: `per_${name}` as PersonId,
  name,
  teams: [],
  grants: [{ tenant: '*', role: 'administrator', as: null }],
  via: 'session',
  scopes: null,
  credential: name,
})) as unknown as readonly [Principal, Principal];

function taskOf(by: (typeof SPENDERS)[number], root?: EventId): Task {
  const id = newId('event');
  const data = { case: id };
  return {
    agent: by,
    run: {
      id: newId('run'),
      tenant: by.tenant,
      agent: by.name,
      agentVersion: by.version,
      event: id,
      seq: 0,
      subject: id,
      attempts: 0,
    },
    event: {
      id,
      tenant: by.tenant,
      type: 'case.given',
      source: 'budgets-proof',
      sourceId: id,
      subject: id,
      time: '2026-06-10T10:00:00Z',
      data,
      dataDigest: digest(data),
      label: { integrity: 'trusted', confidentiality: 'internal', origins: [] },
      dedupeKey: id,
      seq: 1,
      principal: null,
      root: root ?? id,
      depth: 0,
      trail: NO_TRAIL,
    },
  };
}
