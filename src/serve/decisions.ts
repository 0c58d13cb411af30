import { z } from '@hono/zod-openapi';
import type { Digest, Entry, EventId, TenantId } from '../vocabulary/index.ts';
import type { ApiDeps } from './deps.ts';
import { endpoint, type Endpoint } from './endpoint.ts';
import { AgentName, AnyJson, DigestText, RunIdText, Seq, TenantName, Time } from './shapes.ts';

const DecisionShape = z
  .object({
    seq: Seq,
    at: Time,
    tenant: TenantName,
    run: RunIdText.nullable(),
    agent: AgentName.nullable(),
    tool: z.string(),
    permit: z.string(),
    cause: z
      .string()
      .nullable()
      .openapi({ description: 'permit of the act that published what the run works on; null: it came from outside' }),
    amountMinor: z.int().openapi({ description: '0 when no money was to be moved' }),
    currency: z.string().nullable(),
    draws: z
      .array(
        z.object({
          account: z.string(),
          amount: z.int(),
          cap: z.int(),
          atLimit: z.string(),
          lifted: z.boolean().optional(),
        }),
      )
      .optional()
      .openapi({ description: 'what it would have drawn of budgets; absent when none covered it' }),
    verdict: AnyJson,
    law: z.string().openapi({ description: 'digest of the policies that it was judged by' }),
    case: DigestText.nullable()
      .optional()
      .openapi({ description: 'null: refused before any policy was asked; absent: recorded before cases were kept' }),
  })
  .openapi('Decision');

const DecisionPage = z
  .object({
    items: z.array(DecisionShape),
    cases: z
      .record(z.string(), z.string())
      .openapi({ description: 'by digest, the canonical text of each case that an item names' }),
    settled: z
      .array(z.object({ seq: Seq, permit: z.string(), charged: z.record(z.string(), z.int()) }))
      .openapi({ description: 'outcomes between the decisions, up to the last of them, that charged budgets' }),
    tightened: z
      .record(z.string(), z.string())
      .openapi({ description: 'by tenant of an item, what the tenant forbids now beyond the policies in force' }),
    next: Seq.nullable().openapi({ description: '`after` of the next page; null when there was no more' }),
  })
  .openapi('DecisionPage');

const MOST_ON_PAGE = 2_000;
const whole = (pattern: RegExp, otherwise: number) =>
  z.string().regex(pattern, 'a whole number').transform(Number).default(otherwise);

const DecisionQuery = z.strictObject({
  after: whole(/^\d{1,15}$/, 0).openapi({ type: 'integer', minimum: 0, default: 0 }),
  since: z.iso.datetime().optional().openapi({ description: 'leaves out what is older' }),
  limit: whole(/^[1-9]\d{0,3}$/, 500)
    .refine((limit) => limit <= MOST_ON_PAGE, `at most ${MOST_ON_PAGE} on a page`)
    .openapi({ type: 'integer', minimum: 1, maximum: MOST_ON_PAGE, default: 500 }),
});

/** What was decided and on what, so that it can be judged again under other policies, elsewhere. */
export function decisionEndpoints({ recordFor, fabric }: ApiDeps): readonly Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: '/v1/decisions',
      right: 'record.read',
      tag: 'ledger',
      summary: 'Verdicts in the order of the ledger, with the cases that they were given on',
      query: DecisionQuery,
      answers: { 200: { description: 'A page of decisions', schema: DecisionPage } },
      async handle({ query: { after, since, limit }, tenants }) {
        const { decisions } = recordFor(tenants);
        const from = since === undefined ? after : Math.max(after, await decisions.before(Date.parse(since)));
        const entries = await decisions.list(from, limit + 1);
        const page = entries.slice(0, limit);
        const causes = await decisions.causes([...new Set(page.map(eventOf))]);
        const items = page.map((entry) => decisionShown(entry, causes.get(eventOf(entry)) ?? null));
        const named = new Set(items.flatMap((item) => (typeof item.case === 'string' ? [item.case as Digest] : [])));
        const cases = Object.fromEntries(await decisions.cases([...named]));
        const last = items.at(-1)?.seq ?? from;
        const settled = (await decisions.charged(from, last)).map(settledShown);
        const tightened = await tightenedOf(fabric, new Set(page.map(({ tenant }) => tenant)));
        return { status: 200, body: { items, cases, settled, tightened, next: entries.length > limit ? last : null } };
      },
    }),
  ];
}

/** As the gate writes the entries of intents. */
interface Body {
  readonly event: EventId;
  readonly permit: string;
  readonly tool: string;
  readonly amount: { readonly minor: number; readonly currency: string } | null;
  readonly verdict: unknown;
  readonly law: { readonly policies: string };
  readonly case?: string | null;
  readonly budgets?: z.input<typeof DecisionShape>['draws'];
}

function eventOf({ body }: Entry): EventId {
  return (body as unknown as Body).event;
}

function decisionShown(
  { seq, at, tenant, run, agent, body }: Entry,
  cause: string | null,
): z.input<typeof DecisionShape> {
  const { permit, tool, amount, verdict, law, case: about, budgets } = body as unknown as Body;
  return {
    seq,
    at,
    tenant,
    run,
    agent,
    tool,
    permit,
    cause,
    amountMinor: amount?.minor ?? 0,
    currency: amount?.currency ?? null,
    ...(budgets !== undefined && { draws: budgets }),
    verdict,
    law: law.policies,
    ...(about !== undefined && { case: about }),
  };
}

async function tightenedOf(
  { policies }: ApiDeps['fabric'],
  among: ReadonlySet<TenantId>,
): Promise<Record<string, string>> {
  const tightened: Record<string, string> = {};
  for (const tenant of among) {
    const own = await policies.tenant(tenant);
    if (own !== null && own.policies.trim() !== '') tightened[tenant] = own.policies;
  }
  return tightened;
}

function settledShown({ seq, body }: Entry): z.input<typeof DecisionPage>['settled'][number] {
  const { permit, spent } = body as unknown as { permit: string; spent: Record<string, number> };
  return { seq, permit, charged: spent };
}
