import { AUTONOMY_LEVELS, type Agent, type AutonomyLevel, type Json, type ToolId } from '../vocabulary/index.ts';

/** An agent for people and for the record: what it is and what it may do, without its code. */
export function manifestOf(agent: Agent): Json {
  return {
    name: agent.name,
    tenant: agent.tenant,
    role: agent.role,
    unit: agent.unit,
    purpose: agent.purpose,
    owner: agent.owner,
    expires: agent.expires,
    version: agent.version,
    perceives: agent.perceive.type,
    recalls: Object.keys(agent.recall),
    decides: { template: agent.reason.name, version: agent.reason.version },
    capabilities: agent.act.map(({ tool, upTo, resources }) => ({
      tool: tool.name,
      digest: tool.digest,
      class: tool.effect,
      risk: tool.risk,
      upTo: upTo === null ? null : { minor: upTo.minor, currency: upTo.currency },
      resources: [...resources],
      autonomy: autonomyFor(agent, tool.name),
    })),
  };
}

/** How freely this agent may use this tool. */
export function autonomyFor(agent: Agent, tool: ToolId): AutonomyLevel {
  const level = Object.hasOwn(agent.autonomy, tool) ? agent.autonomy[tool] : agent.autonomy.default;
  return level ?? AUTONOMY_LEVELS[0];
}
