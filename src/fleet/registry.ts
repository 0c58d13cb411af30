import {
  Misuse,
  type Agent,
  type AgentId,
  type Capability,
  type Fleet,
  type TenantId,
  type Tool,
  type ToolId,
} from '../vocabulary/index.ts';

/** A tool and the tenant in which it is registered. */
export interface RegisteredTool {
  readonly tool: Tool;
  readonly tenant: TenantId;
}

/** The agents and tools that exist here, by name; the capability map. */
export interface Registry {
  readonly fleets: readonly Fleet[];
  readonly agents: readonly Agent[];
  agent(name: AgentId): Agent | null;
  /** The tool of this name in this tenant; failing that, in another one (which the law will then refuse). */
  tool(name: ToolId, tenant: TenantId): RegisteredTool | null;
  /** Null when the agent may not use the tool at all. */
  capability(agent: Agent, tool: ToolId): Capability | null;
}

/**
 * Registers fleets.
 *
 * @throws Misuse `bad-fleet` when two agents of different fleets have one name, or one tenant knows two different tools by one
 * name.
 */
export function createRegistry(fleets: readonly Fleet[]): Registry {
  const agents = new Map<AgentId, Agent>();
  const tools = new Map<ToolId, RegisteredTool[]>();
  const capabilities = new Map<Agent, ReadonlyMap<ToolId, Capability>>();

  for (const fleet of fleets) {
    for (const agent of fleet.agents) {
      if (agents.has(agent.name)) throw new Misuse('bad-fleet', `two fleets have an agent named \`${agent.name}\``);
      agents.set(agent.name, agent);
      capabilities.set(agent, new Map(agent.act.map((capability) => [capability.tool.name, capability])));
      for (const { tool } of agent.act) register(tool, fleet.tenant);
    }
  }
  return {
    fleets,
    agents: [...agents.values()],
    agent: (name) => agents.get(name) ?? null,
    tool(name, tenant) {
      const registered = tools.get(name) ?? [];
      return registered.find((one) => one.tenant === tenant) ?? registered[0] ?? null;
    },
    capability: (agent, tool) => capabilities.get(agent)?.get(tool) ?? null,
  };

  function register(tool: Tool, tenant: TenantId): void {
    const registered = tools.get(tool.name) ?? [];
    const known = registered.find((one) => one.tenant === tenant);
    if (known === undefined) {
      tools.set(tool.name, [...registered, { tool, tenant }]);
    } else if (known.tool.digest !== tool.digest) {
      throw new Misuse('bad-fleet', `tenant \`${tenant}\` knows two different tools named \`${tool.name}\``);
    }
  }
}
