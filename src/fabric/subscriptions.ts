import type { z } from 'zod';
import type { Subscriptions } from '../perceive/index.ts';
import type { Agent, Event, TenantId } from '../vocabulary/index.ts';

/** Which agents work on which events. */
export interface Subscribers extends Subscriptions {
  /** Agents of the event's tenant that work on it, in the order they were defined. */
  of(event: Event): readonly Agent[];
  /** Every type some agent of the tenant works on. */
  types(tenant: TenantId): readonly string[];
}

interface Interest {
  readonly schemas: z.ZodType[];
  readonly agents: Agent[];
}

/** An index of agents by tenant and event type. */
export function subscribe(agents: readonly Agent[]): Subscribers {
  const interests = new Map<string, Map<string, Interest>>();
  for (const agent of agents) {
    const { type, schema } = agent.perceive;
    const ofTenant = interests.get(agent.tenant) ?? new Map<string, Interest>();
    interests.set(agent.tenant, ofTenant);
    const interest = ofTenant.get(type) ?? { schemas: [], agents: [] };
    ofTenant.set(type, interest);
    if (!interest.schemas.includes(schema)) interest.schemas.push(schema);
    interest.agents.push(agent);
  }
  return {
    schemasFor: (tenant, type) => interests.get(tenant)?.get(type)?.schemas ?? [],
    types: (tenant) => [...(interests.get(tenant)?.keys() ?? [])],
    of(event) {
      const agents = interests.get(event.tenant)?.get(event.type)?.agents ?? [];
      return agents.filter(({ perceive }) => perceive.where?.(event.data) ?? true);
    },
  };
}
