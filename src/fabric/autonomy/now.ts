import { autonomyFor, type Registry } from '../../fleet/index.ts';
import { effectiveAutonomy, type AutonomyAsked, type Effective } from '../../govern/index.ts';
import {
  Misuse,
  type Agent,
  type AgentId,
  type AutonomyLevel,
  type Tool,
  type ToolId,
} from '../../vocabulary/index.ts';
import type { Standing } from '../standing.ts';

/** How freely this agent may use this tool now; asked at every gate. */
export function autonomyNow(
  agent: Agent,
  tool: ToolId,
  registered: Tool | null,
  standing: Standing,
  now: number,
): AutonomyLevel {
  const documents = standing.documents.get('autonomy');
  if (documents === undefined || registered === null) return autonomyFor(agent, tool);
  return effectiveNow(agent, registered, standing, now).level;
}

/** As {@link autonomyNow}, with what it comes from. */
export function effectiveNow(agent: Agent, tool: Tool, standing: Standing, now: number): Effective {
  return effectiveAutonomy(askedNow(agent, tool, standing), standing.documents.get('autonomy'), now);
}

/** What a level of this agent for this tool would be bound to now. */
export function askedNow(agent: Agent, tool: Tool, standing: Pick<Standing, 'lawOf'>): AutonomyAsked {
  return {
    agent: agent.name,
    tool: tool.name,
    declared: autonomyFor(agent, tool.name),
    bindings: {
      agentVersion: agent.version,
      toolDigest: tool.digest,
      template: agent.reason.version,
      law: standing.lawOf(agent.tenant).digest,
    },
  };
}

/** @throws Misuse `unknown-agent`. */
export function agentNamed(registry: Registry, name: string): Agent {
  const agent = registry.agent(name as AgentId);
  if (agent === null) throw new Misuse('unknown-agent', `there is no agent \`${name}\``);
  return agent;
}

/** @throws Misuse `unknown-tool` when this agent has none of that name. */
export function toolNamed(registry: Registry, agent: Agent, name: string): Tool {
  const capability = registry.capability(agent, name as ToolId);
  if (capability === null) throw new Misuse('unknown-tool', `\`${agent.name}\` has no tool \`${name}\``);
  return registry.tool(capability.tool.name, agent.tenant)?.tool ?? capability.tool;
}
