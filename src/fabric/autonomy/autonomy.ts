import {
  EARNED_MS,
  evidenceOf,
  levelAbove,
  PROMOTION_NEEDS,
  upperBound,
  whyLost,
  type Effective,
  type Evidence,
  type Promotion,
} from '../../govern/index.ts';
import { Conflict } from '../../ledger/index.ts';
import type { AgentId, AutonomyLevel, Document, Principal, TenantId, ToolId } from '../../vocabulary/index.ts';
import { revise } from '../documents.ts';
import type { Motion, Motions } from '../motions.ts';
import { autonomyEntry, claimOf, type AutonomyOptions } from './autonomy-kinds.ts';
import { agentNamed, askedNow, effectiveNow, toolNamed } from './now.ts';

/** An agent's level for one tool, what it rests on, and what the next one would take. */
export interface AutonomyShown {
  readonly tool: ToolId;
  readonly effective: Effective;
  readonly evidence: Evidence;
  /** Null at L5. */
  readonly next: {
    readonly level: AutonomyLevel;
    /** Null: it is declared, not earned. */
    readonly needs: { readonly mostErrors: number; readonly confidence: number } | null;
    /** What the evidence shows; null when nothing is needed. */
    readonly bound: number | null;
    readonly enough: boolean;
  } | null;
}

/** How freely agents may act: shown, earned, and lost again. Lowering and lifting are motions (`autonomy-kinds.ts`). */
export interface Autonomy {
  /** @throws Misuse `unknown-agent`. */
  show(agent: string): Promise<readonly AutonomyShown[]>;
  /**
   * Counts the evidence and puts the promotion to a second person.
   *
   * @throws Misuse `evidence-insufficient` with the figures, `forbidden`, `unknown-agent`, `unknown-tool`, `bad-request`.
   */
  promote(by: Principal, wish: { agent: string; tool: string; to: AutonomyLevel }, reason: string): Promise<Motion>;
  /** Puts on record which promotions do not count any more. They have not counted since: the gate looks by itself. */
  lapse(): Promise<void>;
}

export function createAutonomy(options: AutonomyOptions, motions: Pick<Motions, 'propose'>): Autonomy {
  const { registry, clock, writer } = options;

  return {
    async show(name) {
      const agent = agentNamed(registry, name);
      const { entries, toSeq } = await options.evidence.of(agent.name);
      return agent.act.map(({ tool: { name: toolName } }) => {
        const tool = toolNamed(registry, agent, toolName);
        const asked = askedNow(agent, tool, options.standing());
        const effective = effectiveNow(agent, tool, options.standing(), clock.now());
        const evidence = evidenceOf(entries, { ...asked, since: clock.now() - EARNED_MS }, toSeq);
        return { tool: tool.name, effective, evidence, next: nextOf(effective, evidence) };
      });
    },
    async promote(by, { agent: name, tool: toolName, to }, reason) {
      const agent = agentNamed(registry, name);
      const tool = toolNamed(registry, agent, toolName);
      const { entries, toSeq } = await options.evidence.of(agent.name);
      const asked = askedNow(agent, tool, options.standing());
      const evidence = claimOf(evidenceOf(entries, { ...asked, since: clock.now() - EARNED_MS }, toSeq));
      return motions.propose(by, 'autonomy.promote', { agent: agent.name, tool: tool.name, to, evidence }, reason);
    },
    async lapse() {
      for (const document of options.standing().documents.get('autonomy') ?? []) {
        const why = lostBy(document as Document<Promotion>);
        if (why !== null) await drop(document as Document<Promotion>, why);
      }
    },
  };

  function lostBy({ content }: Document<Promotion>): string | null {
    if (content.form !== 'promotion') return null;
    const agent = registry.agent(content.agent);
    const capability = agent === null ? null : registry.capability(agent, content.tool);
    if (agent === null || capability === null) return 'the agent does not use this tool any more';
    const tool = toolNamed(registry, agent, content.tool);
    return whyLost(content, askedNow(agent, tool, options.standing()).bindings, clock.now());
  }

  async function drop(document: Document<Promotion>, why: string): Promise<void> {
    const { content, tenant } = document;
    const state = clock.now() >= content.until ? 'ended' : 'dropped';
    try {
      await writer.append({
        entries: [
          autonomyEntry(
            { name: content.agent as AgentId, tenant: tenant as TenantId },
            { tool: content.tool, state, from: content.level, why },
          ),
        ],
        documents: [revise(document, { state, content })],
        changesLaw: true,
      });
    } catch (error) {
      // Changed meanwhile: seen anew at the next sweep.
      if (!(error instanceof Conflict && error.on === 'rev')) throw error;
    }
    await options.reload();
  }
}

function nextOf({ level, ceilings }: Effective, { clean, errors }: Evidence): AutonomyShown['next'] {
  const next = levelAbove(level);
  if (next === null) return null;
  const needs = PROMOTION_NEEDS[next];
  const bound = needs === null ? null : upperBound(errors, clean + errors, needs.confidence);
  const enough = needs !== null && bound !== null && bound <= needs.mostErrors && ceilings.length === 0;
  return { level: next, needs, bound, enough };
}
