import { z } from '@hono/zod-openapi';
import { AUTONOMY_LEVELS, Misuse, type Agent, type AgentId } from '../vocabulary/index.ts';
import type { ApiDeps } from './deps.ts';
import { endpoint, type Endpoint } from './endpoint.ts';
import { covers, type Tenants } from './guard.ts';
import { MotionShape, motionShown } from './motions.ts';
import { Reason } from './reason.ts';
import { AgentName, DigestText, Seq, TenantName, Time, ToolName } from './shapes.ts';
import { withinPatience } from './within.ts';

const Level = z.enum(AUTONOMY_LEVELS);
const Count = z.int().nonnegative();
const Share = z.number().min(0).max(1);

const EvidenceShape = z
  .object({
    clean: Count.openapi({ description: 'acts that people found right' }),
    errors: Count.openapi({ description: 'acts that people declined, edited or found wrong, or that failed' }),
    unseen: Count.openapi({ description: 'acts that nobody has looked at: no evidence' }),
    since: Time,
    fromSeq: Seq,
    toSeq: Seq,
    bindings: z.object({ agentVersion: DigestText, toolDigest: DigestText, template: DigestText, law: DigestText }),
    digest: DigestText,
  })
  .openapi('AutonomyEvidence');

const ShownShape = z
  .object({
    tool: ToolName,
    level: Level,
    declared: Level.openapi({ description: 'in the agent’s code' }),
    promotion: z
      .object({ level: Level, until: Time, bound: Share, confidence: Share, by: z.array(z.string()) })
      .nullable()
      .openapi({ description: 'what it has earned and what counts now' }),
    lost: z.string().nullable().openapi({ description: 'why what it had earned does not count any more' }),
    ceilings: z.array(
      z.object({
        id: z.string(),
        level: Level,
        tool: ToolName.nullable(),
        incident: z.string().nullable(),
        reason: z.string(),
      }),
    ),
    evidence: EvidenceShape,
    next: z
      .object({
        level: Level,
        needs: z.object({ mostErrors: Share, confidence: Share }).nullable(),
        bound: Share.nullable().openapi({ description: 'upper bound of the error rate, at that confidence' }),
        enough: z.boolean(),
      })
      .nullable(),
  })
  .openapi('Autonomy');

const PromoteWish = z.strictObject({ tool: ToolName, to: Level, reason: Reason }).openapi('PromoteWish');
const LowerWish = z
  .strictObject({ tool: ToolName.nullable().default(null), to: Level, reason: Reason })
  .openapi('LowerWish');
const LiftWish = z
  .strictObject({
    ceiling: z.string().max(100).openapi({ description: 'what lowered it: an incident or a motion' }),
    tenant: TenantName,
    reason: Reason,
  })
  .openapi('CeilingLiftWish');
const REFUSED = { 404: 'No such agent or tool', 413: 'The body is too large', 415: 'Not JSON' };

/** How freely agents act: shown, raised by two people on evidence, lowered by one. */
export function autonomyEndpoints({ fabric }: ApiDeps): readonly Endpoint[] {
  const { autonomy, motions, registry } = fabric;
  const named = (name: AgentId, tenants: Tenants): Agent => {
    const agent = registry.agent(name);
    if (agent === null || !covers(tenants, agent.tenant)) {
      throw new Misuse('unknown-agent', `there is no agent \`${name}\``);
    }
    return agent;
  };
  return [
    endpoint({
      method: 'get',
      path: '/v1/agents/{name}/autonomy',
      right: 'record.read',
      tag: 'autonomy',
      summary: 'How freely an agent acts, what that rests on, and what the next level takes',
      params: z.object({ name: AgentName }),
      answers: {
        200: { description: 'By tool', schema: z.object({ items: z.array(ShownShape) }).openapi('AutonomyList') },
      },
      problems: { 404: 'No such agent' },
      async handle({ params: { name }, tenants }) {
        const shown = await withinPatience(autonomy.show(named(name, tenants).name));
        const items = shown.map(({ tool, effective, evidence, next }): z.input<typeof ShownShape> => ({
          tool,
          level: effective.level,
          declared: effective.declared,
          promotion: effective.promotion && {
            level: effective.promotion.content.level,
            until: new Date(effective.promotion.content.until).toISOString(),
            bound: effective.promotion.content.bound,
            confidence: effective.promotion.content.confidence,
            by: [...effective.promotion.content.by],
          },
          lost: effective.lost,
          ceilings: effective.ceilings.map(({ id, content }) => ({
            id,
            level: content.level,
            tool: content.tool,
            incident: content.incident,
            reason: content.reason,
          })),
          evidence: { ...evidence, since: new Date(evidence.since).toISOString() },
          next: next && { ...next, needs: next.needs && { ...next.needs } },
        }));
        return { status: 200, body: { items } };
      },
    }),
    endpoint({
      method: 'post',
      path: '/v1/agents/{name}/autonomy/promote',
      right: 'autonomy.change',
      tag: 'autonomy',
      summary: 'Propose to raise an agent by one level for one tool',
      description:
        'The evidence is counted from the ledger now, shown to whoever seconds it, and counted again when it is carried out.',
      params: z.object({ name: AgentName }),
      body: PromoteWish,
      answers: { 202: { description: 'Proposed', schema: MotionShape } },
      problems: { ...REFUSED, 409: 'The ledger does not show enough' },
      async handle({ params: { name }, body: { tool, to, reason }, principal, tenants }) {
        const { name: agent } = named(name, tenants);
        const motion = await withinPatience(autonomy.promote(principal, { agent, tool, to }, reason));
        return { status: 202, body: motionShown(motion) };
      },
    }),
    endpoint({
      method: 'post',
      path: '/v1/agents/{name}/autonomy/lower',
      right: 'autonomy.lower',
      tag: 'autonomy',
      summary: 'Lower an agent at once, all its versions, for one tool or all',
      params: z.object({ name: AgentName }),
      body: LowerWish,
      answers: { 200: { description: 'It holds', schema: MotionShape } },
      problems: REFUSED,
      async handle({ params: { name }, body: { tool, to, reason }, principal, tenants }) {
        const { name: agent } = named(name, tenants);
        const motion = await withinPatience(motions.propose(principal, 'autonomy.lower', { agent, tool, to }, reason));
        return { status: 200, body: motionShown(motion) };
      },
    }),
    endpoint({
      method: 'post',
      path: '/v1/autonomy/lift',
      right: 'autonomy.change',
      tag: 'autonomy',
      summary: 'Propose to lift what lowered an agent',
      tenantOf: ({ body }) => body.tenant,
      body: LiftWish,
      answers: { 202: { description: 'Proposed', schema: MotionShape } },
      problems: { ...REFUSED, 404: 'Nothing was lowered under this' },
      async handle({ body: { ceiling, tenant, reason }, principal }) {
        const motion = await withinPatience(motions.propose(principal, 'autonomy.lift', { ceiling, tenant }, reason));
        return { status: 202, body: motionShown(motion) };
      },
    }),
  ];
}
