import { z } from '@hono/zod-openapi';
import { manifestOf } from '../fleet/index.ts';
import { AUTONOMY_LEVELS, Misuse, type Agent } from '../vocabulary/index.ts';
import type { ApiDeps } from './deps.ts';
import { endpoint, type Endpoint } from './endpoint.ts';
import { AgentName, DigestText, EffectClassText, MoneyShape, TenantName, ToolName } from './shapes.ts';
import { FenceShape } from './fences.ts';
import { covers } from './guard.ts';

const AgentSummary = z
  .object({
    name: AgentName,
    tenant: TenantName,
    role: z.string(),
    unit: z.string(),
    purpose: z.string(),
    owner: z.string(),
    expires: z.string(),
    version: DigestText,
    perceives: z.string().openapi({ description: 'type of the events it works on' }),
  })
  .openapi('AgentSummary');

const CapabilityShape = z
  .object({
    tool: ToolName,
    digest: DigestText,
    class: EffectClassText,
    risk: z.enum(['low', 'medium', 'high']),
    upTo: MoneyShape.nullable().openapi({ description: 'the most in one call; above it a person decides' }),
    resources: z.array(z.string()).openapi({ description: 'prefixes of what it may touch; empty: any' }),
    autonomy: z.enum(AUTONOMY_LEVELS),
  })
  .openapi('Capability');

const AgentShape = AgentSummary.extend({
  recalls: z.array(z.string()),
  decides: z.object({ template: z.string(), version: DigestText }),
  capabilities: z.array(CapabilityShape).openapi({ description: 'all that it may do, and within which limits' }),
  policies: DigestText.openapi({ description: 'the policies that judge each of its intents' }),
  stopped: z.array(FenceShape).openapi({ description: 'what stops it, or one of its tools, now' }),
}).openapi('Agent');

/** Agents that are registered, and the law that each works under. */
export function agentEndpoints({ fabric }: ApiDeps): readonly Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: '/v1/agents',
      right: 'record.read',
      tag: 'agents',
      summary: 'All agents, by name',
      query: z.strictObject({ tenant: TenantName.optional() }),
      answers: {
        200: { description: 'The agents', schema: z.object({ items: z.array(AgentSummary) }).openapi('AgentList') },
      },
      handle({ query: { tenant }, tenants }) {
        const items = fabric.registry.agents
          .filter((agent) => covers(tenants, agent.tenant) && (tenant === undefined || agent.tenant === tenant))
          .toSorted((a, b) => (a.name < b.name ? -1 : 1))
          .map(manifest);
        return { status: 200, body: { items } };
      },
    }),
    endpoint({
      method: 'get',
      path: '/v1/agents/{name}',
      right: 'record.read',
      tag: 'agents',
      summary: 'An agent: its manifest and its law',
      params: z.object({ name: AgentName }),
      answers: { 200: { description: 'The agent', schema: AgentShape } },
      problems: { 404: 'No such agent' },
      handle({ params: { name }, tenants }) {
        const agent = fabric.registry.agent(name);
        if (agent === null || !covers(tenants, agent.tenant))
          throw new Misuse('unknown-agent', `there is no agent \`${name}\``);
        const { fences, policies } = fabric.status();
        const scopes = new Set(scopesOf(agent));
        const stopped = fences.filter((fence) => fence.stopped && scopes.has(fence.scope));
        return { status: 200, body: { ...manifest(agent), policies, stopped } as z.input<typeof AgentShape> };
      },
    }),
  ];
}

/** A manifest is plain data of this form; the answer is checked against the schema. */
function manifest(agent: Agent): z.input<typeof AgentSummary> {
  return manifestOf(agent) as unknown as z.input<typeof AgentSummary>;
}

function scopesOf({ name, tenant, version, act }: Agent): readonly string[] {
  const tools = act.flatMap(({ tool }) => [`tool:${tool.name}`, `class:${tool.effect}`]);
  return ['everything', `tenant:${tenant}`, `agent:${name}`, `version:${version}`, ...tools];
}
