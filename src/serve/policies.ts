import { z } from '@hono/zod-openapi';
import { POLICY_SET_STATES, type PolicySetVersion } from '../fabric/index.ts';
import { AUTONOMY_LEVELS, Misuse, type PersonId } from '../vocabulary/index.ts';
import type { ApiDeps } from './deps.ts';
import { endpoint, type Endpoint } from './endpoint.ts';
import { covers } from './guard.ts';
import { MotionShape, motionShown } from './motions.ts';
import { AgentName, DigestText, EffectClassText, MoneyShape, PersonIdText, Seq, TenantName, Time } from './shapes.ts';
import { withinPatience } from './within.ts';

const Reason = z.string().trim().min(1).max(500).openapi({ description: 'goes on record' });
const Text = (most: number) => z.string().max(most);
const Because = z.strictObject({ reason: Reason });
const OfSet = z.object({ digest: DigestText });
const TenantText = Text(50_000).openapi({ description: 'Cedar, forbids only; empty: nothing beyond the base set' });

const Sources = z.object({
  policies: Text(200_000).openapi({ description: 'Cedar: all policies of the set' }),
  schema: Text(50_000).openapi({ description: 'the Cedar schema that they are written against' }),
  rules: Text(50_000).default('').openapi({ description: 'approval rules, as `rules.json` holds them' }),
  tests: Text(400_000).default('[]').openapi({ description: 'a JSON array of tests, as beside the policies' }),
});

const BackTestWish = z
  .strictObject({
    base: DigestText.openapi({ description: 'the policies in force when it was made' }),
    record: z.strictObject({ from: Seq, to: Seq, decisions: z.int().nonnegative(), digest: DigestText }),
    flipped: z.int().nonnegative(),
    newlyAllowed: z.int().nonnegative(),
    unreplayable: z.int().nonnegative(),
  })
  .openapi('BackTestWish');

const VersionShape = z
  .object({
    digest: DigestText,
    state: z.enum(POLICY_SET_STATES),
    stale: z.boolean().openapi({ description: 'its back-test was made against other policies than those in force' }),
    policies: z.array(z.string()),
    author: PersonIdText.nullable().openapi({ description: 'null: it came with a release' }),
    reason: z.string(),
    base: DigestText.nullable(),
    draftedAt: Time,
    backTest: z
      .object({ ...BackTestWish.shape, record: z.object(BackTestWish.shape.record.shape), by: PersonIdText, at: Time })
      .nullable(),
    enforcement: z
      .object({
        number: z.int(),
        at: Time,
        by: z.array(PersonIdText),
        reason: z.string(),
        previous: DigestText.nullable().openapi({ description: 'what a step back would enforce again' }),
      })
      .nullable(),
  })
  .openapi('PolicySet');

const FlipsShape = z
  .object({
    digest: DigestText,
    since: Seq,
    judged: z.int().openapi({ description: 'verdicts on record since then, of all tenants' }),
    flipped: z.int(),
    groups: z
      .array(
        z.object({
          policy: z.string(),
          tenant: TenantName,
          agent: AgentName,
          tool: z.string(),
          from: z.string(),
          to: z.string(),
          count: z.int(),
        }),
      )
      .openapi({ description: 'the most frequent first; of the tenants that you may see' }),
  })
  .openapi('PolicyFlips');

const Verdict = z.enum(['permitted', 'needs-approval', 'refused']);
const LawShape = z
  .object({
    agent: z.object({
      name: AgentName,
      tenant: TenantName,
      role: z.string(),
      owner: z.string(),
      version: DigestText,
      expires: z.string(),
    }),
    environment: z.string(),
    law: DigestText.openapi({ description: "of the base set and what the agent's tenant forbids beyond it" }),
    capabilities: z.array(
      z.object({
        tool: z.string(),
        class: EffectClassText,
        risk: z.string(),
        external: z.boolean(),
        resources: z.array(z.string()).openapi({ description: 'prefixes; empty: any' }),
        upTo: MoneyShape.nullable(),
        autonomy: z.enum(AUTONOMY_LEVELS),
        ordinarily: z.object({ verdict: Verdict, policies: z.array(z.string()) }),
        otherwise: z.array(
          z.object({
            when: z.record(z.string(), z.array(z.string())),
            verdict: Verdict,
            policies: z.array(z.string()),
          }),
        ),
      }),
    ),
    policies: z.record(z.string(), z.object({ effect: z.string(), why: z.string(), asks: z.string().nullable() })),
    stopped: z.array(z.string()),
    budgets: z.array(z.looseObject({ id: z.string() })),
    grants: z.array(z.object({ id: z.string(), form: z.string(), tool: z.string().nullable(), until: Time })),
    against: z
      .object({ law: DigestText, gone: z.array(z.string()), added: z.array(z.string()) })
      .nullable()
      .openapi({ description: 'what the set named by `against` would make of it' }),
  })
  .openapi('AgentLaw');

const MOTION = { 200: { description: 'It holds, or waits for a second person', schema: MotionShape } };
const CHANGES = {
  404: 'There is no such set',
  409: 'It is not time for that, or somebody changed it meanwhile',
  413: 'The body is too large',
  415: 'Not JSON',
};

/** The policy lifecycle, what tenants forbid beyond the base set, and the law of each agent. */
export function policyEndpoints({ fabric }: ApiDeps): readonly Endpoint[] {
  const { policies } = fabric;
  return [
    endpoint({
      method: 'get',
      path: '/v1/policies',
      right: 'record.read',
      tag: 'policies',
      summary: 'All versions of the set of policies, newest first',
      answers: {
        200: {
          description: 'The versions',
          schema: z.object({
            enforced: DigestText,
            logOnly: DigestText.nullable().openapi({ description: 'what watches beside the one in force' }),
            shipped: DigestText.nullable().openapi({ description: 'what came with this release and is not in force' }),
            items: z.array(VersionShape),
          }),
        },
      },
      async handle() {
        return { status: 200, body: { ...policies.status(), items: (await policies.list()).map(shown) } };
      },
    }),
    endpoint({
      method: 'get',
      path: '/v1/policies/{digest}',
      right: 'record.read',
      tag: 'policies',
      summary: 'One version, with its texts',
      params: OfSet,
      answers: {
        200: {
          description: 'The version',
          schema: VersionShape.extend({ sources: Sources }).openapi('PolicySetWithSources'),
        },
      },
      problems: { 404: 'There is no such set' },
      async handle({ params: { digest } }) {
        const version = await policies.show(digest);
        return { status: 200, body: { ...shown(version), sources: version.sources } };
      },
    }),
    endpoint({
      method: 'post',
      path: '/v1/policies',
      right: 'policies.draft',
      tenantOf: () => '*',
      tag: 'policies',
      summary: 'Draft a set of policies',
      description:
        'It must parse, fit what tenants forbid, and pass its own tests. It changes nothing that is in force.',
      body: z.strictObject({ ...Sources.shape, reason: Reason }).openapi('PolicyDraft'),
      answers: { 200: { description: 'The draft; the same one, when it was there', schema: VersionShape } },
      problems: CHANGES,
      async handle({ body: { reason, ...sources }, principal }) {
        return { status: 200, body: shown(await withinPatience(policies.draft(principal, sources, reason))) };
      },
    }),
    endpoint({
      method: 'post',
      path: '/v1/policies/{digest}/back-test',
      right: 'policies.draft',
      tenantOf: () => '*',
      tag: 'policies',
      summary: 'Keep what a back-test found with a set',
      params: OfSet,
      body: BackTestWish,
      answers: { 200: { description: 'It is kept', schema: VersionShape } },
      problems: CHANGES,
      async handle({ params: { digest }, body, principal }) {
        return { status: 200, body: shown(await withinPatience(policies.backTested(principal, digest, body))) };
      },
    }),
    endpoint({
      method: 'post',
      path: '/v1/policies/{digest}/log-only',
      right: 'policies.enforce',
      tenantOf: () => '*',
      tag: 'policies',
      summary: 'Let a set watch beside the one in force, or no longer',
      params: OfSet,
      body: z.strictObject({ watches: z.boolean(), reason: Reason }).openapi('LogOnlyWish'),
      answers: MOTION,
      problems: CHANGES,
      async handle({ params: { digest }, body: { watches, reason }, principal }) {
        const wanted = watches
          ? policies.logOnly(principal, digest, reason)
          : policies.endLogOnly(principal, digest, reason);
        return { status: 200, body: motionShown(await withinPatience(wanted)) };
      },
    }),
    endpoint({
      method: 'post',
      path: '/v1/policies/{digest}/enforce',
      right: 'policies.enforce',
      tenantOf: () => '*',
      tag: 'policies',
      summary: 'Propose that a set is enforced',
      params: OfSet,
      body: Because.openapi('EnforceWish'),
      answers: MOTION,
      problems: CHANGES,
      async handle({ params: { digest }, body: { reason }, principal }) {
        return { status: 200, body: motionShown(await withinPatience(policies.enforce(principal, digest, reason))) };
      },
    }),
    endpoint({
      method: 'post',
      path: '/v1/policies/step-back',
      right: 'policies.enforce',
      tenantOf: () => '*',
      tag: 'policies',
      summary: 'Propose to go back to the set that was in force before',
      body: Because.openapi('StepBackWish'),
      answers: MOTION,
      problems: CHANGES,
      async handle({ body: { reason }, principal }) {
        return { status: 200, body: motionShown(await withinPatience(policies.stepBack(principal, reason))) };
      },
    }),
    endpoint({
      method: 'get',
      path: '/v1/policies/{digest}/flips',
      right: 'record.read',
      tag: 'policies',
      summary: 'Where a set that watches would have said something else',
      params: OfSet,
      answers: { 200: { description: 'Counted since it began to watch', schema: FlipsShape } },
      problems: { 404: 'It does not watch' },
      handle({ params: { digest }, tenants }) {
        const report = policies.flips(digest);
        const groups = report.groups.filter(({ tenant }) => covers(tenants, tenant));
        return { status: 200, body: { ...report, groups } };
      },
    }),
    endpoint({
      method: 'get',
      path: '/v1/tenants/{tenant}/policies',
      right: 'record.read',
      tenantOf: ({ params }) => params.tenant,
      tag: 'policies',
      summary: 'What a tenant forbids beyond the base set',
      params: z.object({ tenant: TenantName }),
      answers: {
        200: {
          description: 'Its policies',
          schema: z
            .object({
              policies: z.string(),
              author: PersonIdText.nullable(),
              reason: z.string(),
              at: Time.nullable(),
            })
            .openapi('TenantPolicies'),
        },
      },
      async handle({ params: { tenant } }) {
        const own = await policies.tenant(tenant);
        const body = own === null ? { policies: '', author: null, reason: '', at: null } : { ...own, at: time(own.at) };
        return { status: 200, body };
      },
    }),
    endpoint({
      method: 'post',
      path: '/v1/tenants/{tenant}/policies',
      right: 'policies.draft',
      tenantOf: ({ params }) => params.tenant,
      tag: 'policies',
      summary: 'Set what a tenant forbids beyond the base set',
      description:
        'Forbidding more holds at once. What is changed or taken away may weaken the law: that needs the right ' +
        '`policies.enforce` and a second person.',
      params: z.object({ tenant: TenantName }),
      body: z.strictObject({ policies: TenantText, reason: Reason }).openapi('TenantPoliciesWish'),
      answers: MOTION,
      problems: CHANGES,
      async handle({ params: { tenant }, body, principal }) {
        const wanted = policies.setTenant(principal, tenant, body.policies, body.reason);
        return { status: 200, body: motionShown(await withinPatience(wanted)) };
      },
    }),
    endpoint({
      method: 'get',
      path: '/v1/agents/{name}/law',
      right: 'record.read',
      tag: 'agents',
      summary: 'The law that an agent works under, found by judging',
      params: z.object({ name: AgentName }),
      query: z.strictObject({ against: DigestText.optional() }),
      answers: { 200: { description: 'What it may do, within which limits, and who is asked', schema: LawShape } },
      problems: { 404: 'No such agent, or no such set of policies' },
      async handle({ params: { name }, query: { against }, tenants }) {
        const agent = fabric.registry.agent(name);
        if (agent === null || !covers(tenants, agent.tenant)) {
          throw new Misuse('unknown-agent', `there is no agent \`${name}\``);
        }
        const law = await policies.lawOf(name, against ?? null);
        const grants = law.grants.map((grant) => ({ ...grant, until: time(grant.until) }));
        return { status: 200, body: { ...law, grants } as unknown as z.input<typeof LawShape> };
      },
    }),
  ];
}

function shown(version: Omit<PolicySetVersion, 'sources'>) {
  const { logOnlySince: _, enforcement, backTest, ...set } = version;
  return {
    ...set,
    policies: [...set.policies],
    draftedAt: time(set.draftedAt),
    backTest: backTest === null ? null : { ...backTest, at: time(backTest.at) },
    enforcement:
      enforcement === null ? null : { ...enforcement, by: [...enforcement.by] as PersonId[], at: time(enforcement.at) },
  };
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}
