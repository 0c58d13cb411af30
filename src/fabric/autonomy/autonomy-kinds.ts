import { z } from 'zod';
import {
  AFTER_INCIDENT,
  EARNED_MS,
  evidenceOf,
  isLower,
  weighPromotion,
  type Ceiling,
  type Evidence,
  type Promotion,
  type PromotionRefusal,
} from '../../govern/index.ts';
import {
  AUTONOMY_LEVELS,
  Misuse,
  type Agent,
  type AgentId,
  type Clock,
  type Digest,
  type Document,
  type FaultCode,
  type Json,
  type Principal,
  type TenantId,
  type ToolId,
} from '../../vocabulary/index.ts';
import type { Registry } from '../../fleet/index.ts';
import type { LedgerWriter } from '../../ledger/index.ts';
import { newDocument, revise, type Documents } from '../documents.ts';
import type { MotionKind } from '../motions.ts';
import type { Standing } from '../standing.ts';
import { agentNamed, askedNow, effectiveNow, toolNamed } from './now.ts';
import type { LedgerEvidence } from './ledger-evidence.ts';

/** What autonomy rests on. */
export interface AutonomyOptions {
  readonly registry: Registry;
  readonly documents: Documents;
  readonly writer: LedgerWriter;
  readonly clock: Clock;
  readonly evidence: LedgerEvidence;
  standing(): Standing;
  reload(): Promise<void>;
}

const Name = z.string().min(1).max(300);
const Count = z.int().nonnegative();
const Hash = z.string().max(100) as unknown as z.ZodType<Digest>;
const Level = z.enum(AUTONOMY_LEVELS);

/** Evidence as a motion states it: the second person sees these figures, and they are counted again when it is carried out. */
const EvidenceShape = z.strictObject({
  agent: Name as unknown as z.ZodType<AgentId>,
  tool: Name as unknown as z.ZodType<ToolId>,
  bindings: z.strictObject({ agentVersion: Hash, toolDigest: Hash, template: Hash, law: Hash }),
  since: z.int(),
  fromSeq: Count,
  toSeq: Count,
  clean: Count,
  errors: Count,
  unseen: Count,
  digest: Hash,
});

const Promote = z.strictObject({ agent: Name, tool: Name, to: Level, evidence: EvidenceShape });
type Promote = z.infer<typeof Promote>;
const Lower = z.strictObject({ agent: Name, tool: Name.nullable(), to: Level });
type Lower = z.infer<typeof Lower>;
const Lift = z.strictObject({ ceiling: Name, tenant: Name });
type Lift = z.infer<typeof Lift>;

const CODE_OF: Readonly<Record<PromotionRefusal, FaultCode>> = {
  'not-the-next-level': 'bad-request',
  ceiling: 'bad-request',
  insufficient: 'evidence-insufficient',
  foreign: 'evidence-void',
  stale: 'evidence-void',
  forged: 'evidence-void',
};

/** Raising, lowering and lifting: the three changes of autonomy that people make. */
export function autonomyKinds(options: AutonomyOptions): readonly MotionKind[] {
  return [promoteKind(options), lowerKind(options), liftKind(options)] as readonly MotionKind[];
}

/** INVARIANT (autonomy-is-earned): what is carried out rests on the ledger as it is at that moment, whatever the motion says. */
function promoteKind(options: AutonomyOptions): MotionKind<Promote> {
  const { registry, documents, clock, evidence } = options;
  return {
    kind: 'autonomy.promote',
    right: 'autonomy.change',
    schema: Promote,
    tenantOf: ({ agent }) => agentNamed(registry, agent).tenant,
    says: ({ agent, tool, to, evidence: { clean, errors } }) =>
      `raises ${agent} to ${to} for ${tool}, on ${clean} right and ${errors} wrong acts`,
    needsSecond: () => true,
    mayTakePart: ({ agent }, by) => refuseOwner(agentNamed(registry, agent), by),
    async carryOut({ agent: name, tool: toolName, to, evidence: claimed }, { id, by, reason }) {
      const agent = agentNamed(registry, name);
      const tool = toolNamed(registry, agent, toolName);
      const standing = options.standing();
      const now = clock.now();
      const asked = askedNow(agent, tool, standing);
      const effective = effectiveNow(agent, tool, standing, now);
      const { entries, toSeq } = await evidence.of(agent.name);
      const current = evidenceOf(entries, { ...asked, since: now - EARNED_MS }, toSeq);
      const recounted = evidenceOf(entries, claimed, Math.min(claimed.toSeq, toSeq));
      const answer = weighPromotion({ asked, to, effective, claimed, recounted, current });
      if (answer.kind === 'refused') throw new Misuse(CODE_OF[answer.because], `${answer.because}: ${answer.why}`);
      const content: Promotion = {
        form: 'promotion',
        agent: agent.name,
        tool: tool.name,
        from: effective.level,
        level: to,
        evidence: current,
        bound: answer.bound,
        confidence: answer.confidence,
        until: now + EARNED_MS,
        by,
        reason,
      };
      const before = await documents.find<Promotion>('autonomy', promotionId(agent.name, tool.name));
      const revision = { state: 'in-force', content };
      return {
        entries: [
          autonomyEntry(agent, {
            tool: tool.name,
            state: 'promoted',
            from: effective.level,
            level: to,
            evidence: current as unknown as Json,
            bound: answer.bound,
            confidence: answer.confidence,
            until: new Date(content.until).toISOString(),
            by: [...by],
            motion: id,
            reason,
          }),
        ],
        documents: [
          before === null
            ? newDocument('autonomy', promotionId(agent.name, tool.name), agent.tenant, revision)
            : revise(before, revision),
        ],
        // Whatever changed the law since it was weighed (an incident, other policies) voids it.
        judgedUnder: standing.number,
        changesLaw: true,
      };
    },
  };
}

function lowerKind({ registry, standing, clock }: AutonomyOptions): MotionKind<Lower> {
  return {
    kind: 'autonomy.lower',
    right: 'autonomy.lower',
    schema: Lower,
    tenantOf: ({ agent }) => agentNamed(registry, agent).tenant,
    says: ({ agent, tool, to }) => `lowers ${agent} to ${to} for ${tool ?? 'every tool'}`,
    // It only tightens.
    needsSecond: () => false,
    carryOut({ agent: name, tool: toolName, to }, { id, by: [by], reason }) {
      const agent = agentNamed(registry, name);
      const tools = toolName === null ? agent.act.map(({ tool }) => tool) : [toolNamed(registry, agent, toolName)];
      const isLowered = tools.some((tool) => isLower(to, effectiveNow(agent, tool, standing(), clock.now()).level));
      if (!isLowered) {
        throw new Misuse('bad-request', `\`${name}\` is not above ${to}`, {
          fix: 'raising a level is `reeve autonomy promote`',
        });
      }
      const content: Ceiling = {
        form: 'ceiling',
        agent: agent.name,
        tool: (toolName ?? null) as ToolId | null,
        level: to,
        incident: null,
        by: by as Ceiling['by'],
        reason,
      };
      return {
        entries: [
          autonomyEntry(agent, {
            tool: content.tool,
            state: 'lowered',
            level: to,
            by: [by ?? ''],
            ceiling: id,
            reason,
          }),
        ],
        documents: [newDocument('autonomy', id, agent.tenant, { state: 'in-force', content })],
        changesLaw: true,
      };
    },
  };
}

function liftKind({ registry, documents }: AutonomyOptions): MotionKind<Lift> {
  const ceilingOf = async ({ ceiling, tenant }: Lift): Promise<Document<Ceiling>> => {
    const found = await documents.find<Ceiling>('autonomy', ceiling);
    if (found === null || found.tenant !== tenant || found.content.form !== 'ceiling') {
      throw new Misuse('not-found', `nothing was lowered under \`${ceiling}\``);
    }
    if (found.state !== 'in-force') throw new Misuse('already-answered', `this is ${found.state} already`);
    return found;
  };
  return {
    kind: 'autonomy.lift',
    right: 'autonomy.change',
    schema: Lift,
    tenantOf: ({ tenant }) => tenant as TenantId,
    says: ({ ceiling }) => `lifts what lowered an agent (${ceiling})`,
    needsSecond: () => true,
    async mayTakePart(body, by) {
      const agent = registry.agent((await ceilingOf(body)).content.agent);
      if (agent !== null) refuseOwner(agent, by);
    },
    async carryOut(body, { id, by, reason }) {
      const found = await ceilingOf(body);
      const { content } = found;
      const incident = content.incident === null ? null : await documents.find<object>('incident', content.incident);
      return {
        entries: [
          autonomyEntry(
            { name: content.agent, tenant: found.tenant as TenantId },
            { tool: content.tool, state: 'lifted', ceiling: found.id, by: [...by], motion: id, reason },
          ),
        ],
        documents: [
          revise(found, { state: 'lifted', content }),
          ...(incident === null ? [] : [revise(incident, { state: 'lifted', content: incident.content })]),
        ],
        changesLaw: true,
      };
    },
  };
}

/** One for each agent and tool: a promotion takes the place of the one before. */
export function promotionId(agent: AgentId, tool: ToolId): string {
  return `${agent} ${tool}`;
}

export function autonomyEntry(
  { name, tenant }: Pick<Agent, 'name' | 'tenant'>,
  body: { readonly [key: string]: Json },
): { kind: 'autonomy.changed'; tenant: TenantId; run: null; agent: AgentId; body: Json } {
  return { kind: 'autonomy.changed', tenant, run: null, agent: name, body };
}

/** A ceiling after an incident. */
export function ceilingAfter(
  incident: string,
  agent: AgentId,
  tool: ToolId | null,
  by: Ceiling['by'],
  reason: string,
): Ceiling {
  return { form: 'ceiling', agent, tool, level: AFTER_INCIDENT, incident, by, reason };
}

/** Evidence as a motion holds it. */
export function claimOf({ bindings, ...evidence }: Evidence): Json {
  return { ...evidence, bindings: { ...bindings } } as unknown as Json;
}

function refuseOwner({ owner, name }: Agent, by: Principal): void {
  if (by.teams.includes(owner)) {
    throw new Misuse('forbidden', `whoever owns \`${name}\` (${owner}) does not decide on its autonomy`);
  }
}
