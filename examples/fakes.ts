/**
 * A small mail-order shop, shared by the examples: its events, its one tool, its decision table, and a platform in a temporary
 * folder that goes away with the example. The ERP that the tool calls is the simulator that Reeve ships.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { readConfig } from '../src/host/index.ts';
import { startPlatform, type Platform } from '../src/platform.ts';
import { decision, http, tool } from '../src/sdk/index.ts';
import { readJournal } from '../src/testing/index.ts';
import {
  money,
  type ApprovalId,
  type Fleet,
  type Label,
  type PersonId,
  type Principal,
  type TenantId,
} from '../src/vocabulary/index.ts';

/** `parcel.returned`: a customer sent something back. */
export const Returned = z.object({
  order: z.string(),
  daysSinceDelivery: z.int().nonnegative(),
  damaged: z.boolean(),
  /** What was paid, in cents. */
  paid: z.int().positive(),
  currency: z.string().length(3),
});

// A call to the ERP that moves money and honours our idempotency key
export const refund = tool('erp.refund', {
  description: 'Pay back what was paid for an order',
  input: z.object({ order: z.string(), paid: z.int().positive(), currency: z.string().length(3) }),
  output: z.object({ id: z.string(), status: z.string() }),
  effect: 'E1',
  resource: ({ order }) => order,
  amount: ({ paid, currency }) => money(paid, currency),
  call: http('erp', 'POST /refunds'),
});

// A table in a file, what goes in, what comes out, and its tests
export const refundTable = decision('refund', {
  description: 'Whether a returned parcel is refunded',
  table: new URL('./tables/refund.jdm.json', import.meta.url),
  tests: new URL('./tables/refund.tests.json', import.meta.url),
  input: z.object({ damaged: z.boolean(), daysSinceDelivery: z.number() }),
  output: z.object({ answer: z.enum(['refund', 'keep']), reason: z.string() }),
});

/** One returned parcel as the warehouse reports it: a CloudEvent. */
export function parcel(order: string, data: Partial<z.infer<typeof Returned>> = {}) {
  return {
    specversion: '1.0',
    id: `return-of-${order}`,
    source: 'shop/warehouse',
    type: 'parcel.returned',
    subject: order,
    time: '2026-11-02T09:30:00Z',
    data: { order, daysSinceDelivery: 3, damaged: false, paid: 4_900, currency: 'EUR', ...data },
  };
}

/** Somebody who may stop things. */
export const OPERATOR: Principal = {
  person: `per_${'0'.repeat(31)}1` as PersonId,
  name: 'Olive Operator',
  teams: [],
  grants: [{ tenant: '*', role: 'operator', as: null }],
  via: 'token',
  scopes: null,
  credential: 'none',
};

/** Who answers for what needs a finance controller. */
export const CONTROLLER: Principal = {
  ...OPERATOR,
  person: `per_${'0'.repeat(31)}2` as PersonId,
  name: 'Carla Controller',
  grants: [{ tenant: 'shop' as TenantId, role: 'approver', as: 'finance-controller' }],
};

/** The warehouse is ours: what it says is trusted, and for use inside. */
export const WAREHOUSE: Label = { integrity: 'trusted', confidentiality: 'internal', origins: ['shop/warehouse'] };
/** What came in by a web form is not. */
export const WEB_FORM: Label = { integrity: 'untrusted', confidentiality: 'internal', origins: ['shop/web-form'] };

/** A platform that runs one fleet in `dataDir`. */
export function start(fleet: Fleet, dataDir: string): Promise<Platform> {
  return startPlatform({ config: readConfig({}, { dataDir }), fleets: [fleet] });
}

/** Starts a platform in a temporary folder, and leaves nothing behind. */
export async function withPlatform(fleet: Fleet, use: (platform: Platform) => Promise<void>): Promise<void> {
  await withFolder(async (dataDir) => {
    const platform = await start(fleet, dataDir);
    try {
      await use(platform);
    } finally {
      await platform.stop();
    }
  });
}

/** A temporary folder that goes away. */
export async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'reeve-example-'));
  try {
    await use(join(folder, 'data'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Brings an event to the platform and waits until all that follows from it is over or waits for a person. */
export async function bring(platform: Platform, event: object, label: Label = WAREHOUSE): Promise<void> {
  const receivedAt = new Date().toISOString();
  await platform.fabric.receive(event, { tenant: 'shop' as TenantId, label, receivedAt });
  await platform.fabric.idle();
}

/** How each run stands, and why, in order. */
export async function runs(platform: Platform): Promise<readonly string[]> {
  const { rows } = await platform.pool.query<{ agent: string; subject: string; state: string; why: string }>(
    'select agent, subject, state, why from reeve.run order by seq',
  );
  return rows.map(({ agent, subject, state, why }) => `${agent} on ${subject}: ${state}, ${why}`);
}

/** The acts that wait for a person, in the order in which they were asked about. */
export async function waiting(platform: Platform): Promise<readonly ApprovalId[]> {
  const { rows } = await platform.pool.query<{ id: ApprovalId }>(
    `select id from reeve.approval where state = 'pending' order by seq`,
  );
  return rows.map(({ id }) => id);
}

/** Kinds of the entries on the record, in order, from the first event on. */
export async function entries(platform: Platform): Promise<readonly string[]> {
  const { rows } = await platform.pool.query<{ kind: string }>('select kind from reeve.entry order by seq');
  const kinds = rows.map(({ kind }) => kind);
  return kinds.slice(kinds.indexOf('event.admitted'));
}

/** What the ERP itself says happened, from its own journal. */
export async function refundsPaid(dataDir: string): Promise<number> {
  let paid = 0;
  for await (const { collection } of readJournal(join(dataDir, 'simulator', 'erp.journal.jsonl'))) {
    if (collection === 'refunds') paid += 1;
  }
  return paid;
}
