import { z } from '@hono/zod-openapi';
import type { Digest, Entry } from '../vocabulary/index.ts';
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
    amountMinor: z.int().openapi({ description: '0 when no money was to be moved' }),
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
export function decisionEndpoints({ recordFor }: ApiDeps): readonly Endpoint[] {
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
        const items = entries.slice(0, limit).map(decisionShown);
        const named = new Set(items.flatMap((item) => (typeof item.case === 'string' ? [item.case as Digest] : [])));
        const cases = Object.fromEntries(await decisions.cases([...named]));
        return {
          status: 200,
          body: { items, cases, next: entries.length > limit ? (items.at(-1)?.seq ?? null) : null },
        };
      },
    }),
  ];
}

/** As the gate writes the entries of intents. */
interface Body {
  readonly tool: string;
  readonly amount: { readonly minor: number } | null;
  readonly verdict: unknown;
  readonly law: { readonly policies: string };
  readonly case?: string | null;
}

function decisionShown({ seq, at, tenant, run, agent, body }: Entry): z.input<typeof DecisionShape> {
  const { tool, amount, verdict, law, case: about } = body as unknown as Body;
  return {
    seq,
    at,
    tenant,
    run,
    agent,
    tool,
    amountMinor: amount?.minor ?? 0,
    verdict,
    law: law.policies,
    ...(about !== undefined && { case: about }),
  };
}
