/** What is read of the API's answers. More may be in them; it is left alone, and shown with `--json`. */
import { z } from 'zod';
import type { RefusalCode } from '../vocabulary/index.ts';

export const RunSummary = z.looseObject({
  id: z.string(),
  tenant: z.string(),
  agent: z.string(),
  subject: z.string(),
  state: z.string(),
  why: z.string(),
  admittedAt: z.string(),
  endedAt: z.string().nullable(),
});
export type RunSummary = z.infer<typeof RunSummary>;
export const RunPage = z.object({ items: z.array(RunSummary), next: z.string().nullable() });

export const Entry = z.looseObject({
  seq: z.number(),
  kind: z.string(),
  tenant: z.string(),
  run: z.string().nullable(),
  agent: z.string().nullable(),
  at: z.string(),
  body: z.unknown(),
});
export type Entry = z.infer<typeof Entry>;
export const EntryPage = z.object({ items: z.array(Entry), next: z.number().nullable() });
export const Checkpoint = z.looseObject({ size: z.number(), root: z.string(), note: z.string() });
export const EntryWithReceipt = z.object({
  entry: Entry,
  text: z.string(),
  receipt: z.object({ proof: z.string(), checkpoint: Checkpoint }).nullable(),
});

export const Run = RunSummary.extend({ attempts: z.number(), agentVersion: z.string(), timeline: z.array(Entry) });
export type Run = z.infer<typeof Run>;

const Taken = z.looseObject({ event: z.string(), state: z.string(), runs: z.number() });
export const BatchResult = z.object({
  results: z.array(
    z.object({
      status: z.number(),
      taken: Taken.optional(),
      problem: z.looseObject({ code: z.string(), detail: z.string() }).optional(),
    }),
  ),
});

const Fence = z.looseObject({ scope: z.string(), stopped: z.boolean(), reason: z.string() });
export const StoppedAnswer = Fence.extend({ onRecord: z.boolean() });
export const LiftAnswer = z.looseObject({ motion: z.string(), says: z.string(), dueAt: z.string().nullable() });
export const DrillAnswer = z.looseObject({
  scope: z.string(),
  arrivedBefore: z.number(),
  actedForMs: z.number(),
  acknowledgedAfterMs: z.number(),
  onRecord: z.boolean(),
  arrivedAfter: z.number(),
  lastArrivalMs: z.number().nullable(),
  arrivedAfterPermits: z.number(),
  refusedAtGate: z.number(),
  heldAtSending: z.number(),
  seq: z.number(),
});

const VerdictAnswer = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('permitted'), policies: z.array(z.string()) }),
  z.object({
    kind: z.literal('needs-approval'),
    policies: z.array(z.string()),
    roles: z.array(z.string()),
    expiresInSeconds: z.number(),
  }),
  z.object({
    kind: z.literal('refused'),
    code: z.string().transform((code) => code as RefusalCode),
    policies: z.array(z.string()),
    why: z.string(),
  }),
]);
export const DecisionPage = z.object({
  items: z.array(
    z.object({
      seq: z.number(),
      at: z.string(),
      tenant: z.string(),
      run: z.string().nullable(),
      agent: z.string().nullable(),
      tool: z.string(),
      permit: z.string(),
      cause: z.string().nullable(),
      amountMinor: z.number(),
      currency: z.string().nullable(),
      draws: z
        .array(
          z.object({
            account: z.string(),
            amount: z.number(),
            cap: z.number(),
            atLimit: z.string(),
            lifted: z.boolean().optional(),
          }),
        )
        .optional(),
      verdict: VerdictAnswer,
      law: z.string(),
      // Absent in what was recorded before cases were kept.
      case: z.string().nullish(),
    }),
  ),
  cases: z.record(z.string(), z.string()),
  tightened: z.record(z.string(), z.string()),
  settled: z.array(z.object({ seq: z.number(), permit: z.string(), charged: z.record(z.string(), z.number()) })),
  next: z.number().nullable(),
});

const BudgetTerms = z.object({
  of: z.looseObject({}),
  per: z.enum(['everything', 'tenant', 'agent', 'tree', 'run']),
  measure: z.string(),
  cap: z.number(),
  window: z.enum(['ever', 'day', 'week', 'month']),
  atLimit: z.enum(['refuse', 'ask']),
});
const Budget = z.looseObject({
  id: z.string(),
  tenant: z.string(),
  rev: z.number(),
  terms: BudgetTerms,
  says: z.string(),
  reason: z.string(),
  period: z.string(),
  accounts: z.array(
    z.looseObject({
      of: z.string(),
      spent: z.number(),
      reserved: z.number(),
      extra: z.number(),
      overdrawn: z.number(),
      left: z.number(),
    }),
  ),
  more: z.boolean(),
});
export type Budget = z.infer<typeof Budget>;
export const BudgetList = z.object({ items: z.array(Budget) });
/** A change that holds, or waits for a second person. */
export const MotionAnswer = z.looseObject({
  id: z.string(),
  state: z.string(),
  says: z.string(),
  dueAt: z.string().nullable(),
  why: z.string(),
});

const Counts = z.record(z.string(), z.number());
export const Status = z.looseObject({
  counts: z.looseObject({
    events: z.number(),
    published: z.number(),
    runs: Counts,
    effects: Counts,
    approvalsPending: z.number(),
  }),
  queue: z.looseObject({ queued: z.number(), active: z.number(), room: z.number() }),
  setAside: z.array(RunSummary),
  breakers: z.record(z.string(), z.string()),
  fences: z.array(Fence),
  brokenGlass: z
    .array(
      z.looseObject({
        grant: z.string(),
        agent: z.string().nullable(),
        tool: z.string().nullable(),
        until: z.string(),
      }),
    )
    .default([]),
  policies: z.string(),
  policiesShipped: z.string().nullable().optional(),
  sealing: z.looseObject({ sealed: z.number(), entries: z.number(), behind: z.number() }),
  children: z.record(
    z.string(),
    z.looseObject({
      kind: z.string(),
      address: z.string(),
      state: z.string().optional(),
      reason: z.string().optional(),
    }),
  ),
  trouble: z.looseObject({ count: z.number(), last: z.string().nullable() }),
});
export type Status = z.infer<typeof Status>;

const Finding = z.object({ key: z.string().nullable(), why: z.string() });
export const ReconciliationAnswer = z.object({
  reconciliation: z
    .looseObject({
      unlogged: z.number(),
      lost: z.number(),
      duplicate: z.number(),
      contradicted: z.number(),
      unknown: z.number(),
      unfinished: z.number(),
      details: z.record(z.string(), z.array(Finding)),
    })
    .nullable(),
  quiet: z.boolean(),
});
