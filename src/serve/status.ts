import { z } from '@hono/zod-openapi';
import type { Counts } from '../observe/index.ts';
import { EFFECT_STATES, RUN_STATES } from '../vocabulary/index.ts';
import type { ApiDeps } from './deps.ts';
import { endpoint, type Endpoint } from './endpoint.ts';
import { FenceShape } from './fences.ts';
import { covers, type Tenants } from './guard.ts';
import { runSummary, RunSummary } from './runs.ts';
import { DigestText, Seq, Time } from './shapes.ts';

const Count = z.int().nonnegative();
const CountsShape = z
  .object({
    events: Count,
    published: Count,
    runs: z.record(z.enum(RUN_STATES), Count),
    effects: z.record(z.enum(EFFECT_STATES), Count),
    entries: Count,
    approvalsPending: Count,
  })
  .openapi('Counts');

const StatusShape = z
  .object({
    mode: z
      .enum(['single-operator', 'several'])
      .openapi({ description: 'single-operator: a delay takes the place of the second person' }),
    counts: CountsShape.openapi({ description: 'of everything on record; up to two seconds old' }),
    queue: z.object({ queued: Count, active: Count, room: z.int(), bound: Count }),
    setAside: z.array(RunSummary).openapi({ description: 'the last runs that were set aside, with why' }),
    breakers: z.record(z.string(), z.enum(['closed', 'open', 'half-open'])),
    tools: z.record(z.string(), z.unknown()).openapi({ description: 'calls under way and waiting, by tool' }),
    fences: z.array(FenceShape),
    brokenGlass: z
      .array(
        z.object({
          grant: z.string(),
          agent: z.string().nullable(),
          tool: z.string().nullable(),
          lifts: z.array(z.string()),
          until: Time,
          by: z.array(z.string()),
        }),
      )
      .openapi({ description: 'what passes without approval in an emergency' }),
    policies: DigestText,
    policiesShipped: DigestText.nullable().openapi({
      description: 'policies that came with this release, or from the folder that was named, and are not in force',
    }),
    sealing: z.object({
      sealed: Count.openapi({ description: 'entries under the last checkpoint' }),
      entries: Seq,
      behind: Count,
    }),
    writer: z.object({ entries: Count, commits: Count, pending: Count, reconnects: Count }),
    children: z.record(
      z.string(),
      z.object({
        kind: z.enum(['embedded', 'external']),
        address: z.string(),
        state: z.string().optional(),
        pid: z.int().optional(),
        restarts: z.int().optional(),
        reason: z.string().optional(),
      }),
    ),
    trouble: z.object({ count: Count, last: z.string().nullable() }),
  })
  .openapi('Status');

const FindingKinds = ['unlogged', 'lost', 'duplicate', 'contradicted', 'unknown', 'unfinished'] as const;
const ReconciliationShape = z
  .object({
    reconciliation: z
      .object({
        ...(Object.fromEntries(FindingKinds.map((kind) => [kind, Count])) as Record<
          (typeof FindingKinds)[number],
          typeof Count
        >),
        details: z.record(
          z.enum(FindingKinds),
          z.array(z.object({ key: z.string().nullable(), why: z.string() })).readonly(),
        ),
      })
      .nullable()
      .openapi({ description: 'null when the systems are not simulated: then their journals are not ours to read' }),
    quiet: z.boolean().openapi({ description: 'false: work was under way, and what is counted may be on its way' }),
  })
  .openapi('ReconciliationAnswer');

/** Counting scans the record. */
const COUNTS_KEPT_MS = 2_000;
const MOST_SET_ASIDE = 50;

/** How the platform is. */
export function statusEndpoints(deps: ApiDeps): readonly Endpoint[] {
  const counting = new Map<string, () => Promise<Counts>>();
  const countsOf = (tenants: Tenants): Promise<Counts> => {
    const key = tenants === '*' ? '*' : tenants.toSorted().join(' ');
    const counts = counting.get(key) ?? keptFor(COUNTS_KEPT_MS, () => deps.counts(tenants), deps.now);
    counting.set(key, counts);
    return counts();
  };
  const reconcile = keptFor(0, deps.reconcile, deps.now);
  return [
    endpoint({
      method: 'get',
      path: '/v1/status',
      right: 'record.read',
      tag: 'status',
      summary: 'Queues and bounds, what is stuck and why, and what we stand on',
      answers: { 200: { description: 'The status', schema: StatusShape } },
      async handle({ tenants }) {
        const whole = tenants === '*';
        const { fabric, recordFor, sealer, children } = deps;
        const [counted, setAside] = await Promise.all([
          countsOf(tenants),
          recordFor(tenants).runs.list({ state: 'set-aside' }, null, MOST_SET_ASIDE),
        ]);
        const { queue, act, writer, fences, policies, trouble } = fabric.status();
        const sealed = sealer.latest()?.size ?? 0;
        const entries = Math.max(counted.entries, sealed);
        return {
          status: 200,
          body: {
            mode: fabric.isSingle() ? ('single-operator' as const) : ('several' as const),
            counts: countsShown(counted),
            queue,
            setAside: setAside.map(runSummary),
            breakers: whole ? { ...act.breakers } : {},
            tools: whole ? { ...act.tools } : {},
            fences: fences.filter(({ tenant }) => whole || tenant === '*' || covers(tenants, tenant)),
            brokenGlass: fabric.grants
              .broken()
              .filter(({ tenant }) => covers(tenants, tenant))
              .map(({ id, content: { agent, tool, lifts, until, by } }) => ({
                grant: id,
                agent,
                tool,
                lifts: lifts.map(({ policy }) => policy),
                until: new Date(until).toISOString(),
                by: [...by],
              })),
            policies: policies as z.input<typeof DigestText>,
            policiesShipped: fabric.policies.status().shipped,
            sealing: { sealed, entries, behind: entries - sealed },
            writer,
            children: whole ? { ...children() } : {},
            // It may name what is another tenant's.
            trouble: { count: trouble.count, last: whole ? trouble.last : null },
          },
        };
      },
    }),
    endpoint({
      method: 'get',
      path: '/v1/reconciliation',
      right: 'record.read',
      tenantOf: () => '*',
      tag: 'status',
      summary: "The tools' own journals against effects and ledger",
      description: 'Reads all of them: for when the work is over, not for every minute.',
      answers: { 200: { description: 'What differs', schema: ReconciliationShape } },
      async handle() {
        const before = deps.fabric.status().queue;
        const reconciliation = await reconcile();
        const after = deps.fabric.status().queue;
        const quiet = before.active + before.queued + after.active + after.queued === 0;
        return { status: 200, body: { reconciliation, quiet } };
      },
    }),
  ];
}

function countsShown(counts: Counts): z.input<typeof CountsShape> {
  return { ...counts, runs: { ...counts.runs }, effects: { ...counts.effects } };
}

/** Shares what is under way with all who ask meanwhile, and what came of it for `ms` more. */
function keptFor<T>(ms: number, work: () => Promise<T>, now: () => number): () => Promise<T> {
  let kept: { readonly result: Promise<T>; until: number } | null = null;
  return () => {
    if (kept !== null && now() < kept.until) return kept.result;
    const made = { result: work(), until: Number.POSITIVE_INFINITY };
    kept = made;
    made.result.then(
      () => (made.until = now() + ms),
      () => (made.until = 0),
    );
    return made.result;
  };
}
