import type { AutonomyLevel, Capability, Intent, TenantId, Tool, Trail } from '../vocabulary/index.ts';

/** Everything that a verdict depends on; nothing else does. */
export interface Question {
  readonly intent: Intent;
  /** The tool of that name as it is registered now; null when there is none. */
  readonly tool: Tool | null;
  /** Tenant in which the tool is registered. */
  readonly toolTenant: TenantId | null;
  /** The agent as it is registered now; null when there is none. */
  readonly agent: AgentStanding | null;
  /** The agent's capability for this tool; null when the map holds none. */
  readonly capability: Capability | null;
  /** Tenant of the event that the run works on. */
  readonly eventTenant: TenantId;
  /** What the event is about: the resource of a tool that does not read one from its arguments. */
  readonly subject: string;
  /** Kinds of scope that are stopped and cover this intent. */
  readonly stopped: readonly StopScope[];
  /** Policies that people have lifted for exactly this intent. */
  readonly approvals: readonly string[];
  /** What to do about budgets that have no room for this: `refuse`, `ask`. */
  readonly exhausted: readonly string[];
  /** What the run tree has done and seen before this. */
  readonly trail: Trail;
  /** How many agents lie between what came from outside and this. */
  readonly depth: number;
  readonly environment: 'development' | 'production';
  /** Milliseconds since the epoch, by the platform's clock. */
  readonly now: number;
}

export type StopScope = 'everything' | 'tenant' | 'agent' | 'version' | 'tool' | 'class' | 'tree';

export interface AgentStanding {
  readonly tenant: TenantId;
  readonly role: string;
  readonly status: 'draft' | 'active' | 'suspended' | 'retired';
  /** `YYYY-MM-DD`. */
  readonly expires: string;
  readonly version: string;
  /** For this tool. */
  readonly autonomy: AutonomyLevel;
}
