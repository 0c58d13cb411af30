import type { z } from 'zod';
import type { Digest } from './canonical.ts';
import type { DecisionTemplate } from './decision.ts';
import type { Event } from './event.ts';
import type { AgentId, TenantId } from './ids.ts';
import type { Label } from './label.ts';
import type { Capability, Proposal } from './tool.ts';

/**
 * How much an agent may do by itself: L0 observe, L1 suggest, L2 every action approved, L3 risky actions approved, L4 sampled
 * review, L5 reviewed afterwards.
 */
export const AUTONOMY_LEVELS = ['L0', 'L1', 'L2', 'L3', 'L4', 'L5'] as const;
export type AutonomyLevel = (typeof AUTONOMY_LEVELS)[number];

/** Which events an agent works on. */
export interface Perception<T = unknown> {
  readonly type: string;
  readonly schema: z.ZodType<T>;
  /** Narrows further, e.g. to the events of one organisational unit. Pure. */
  where?(data: T): boolean;
}

/** What a recollection may look at. */
export interface RecallSources<T = unknown> {
  readonly event: Event<T>;
  /** Earlier events of the same tenant and subject, oldest first. */
  history(): Promise<readonly Event[]>;
}

/** One named fact an agent asks for before it decides. `F` is the fact. */
export interface Recall<T = unknown, F = unknown> {
  fetch(sources: RecallSources<T>): Promise<F> | F;
  /** Label of the fact, given the event's own. */
  label(own: Label): Label;
  /** What it is made of that the text of `fetch` does not show; part of the agent's version. */
  readonly made?: readonly string[];
}

/** What an agent's own functions are given. */
export interface Situation<T = unknown, F = unknown> {
  readonly event: Event<T>;
  readonly facts: F;
}

/** A digital worker, as defined in code: perceive, recall, reason, act, and the law it works under. */
export interface Agent {
  readonly name: AgentId;
  readonly tenant: TenantId;
  /** What it is, over all the units that have one, e.g. `claims-clerk`. */
  readonly role: string;
  /** Organisational unit it works for. */
  readonly unit: string;
  readonly purpose: string;
  /** The people answerable for it. */
  readonly owner: string;
  /** Last day of its mandate, `YYYY-MM-DD`. */
  readonly expires: string;
  readonly perceive: Perception;
  readonly recall: Readonly<Record<string, Recall>>;
  readonly reason: DecisionTemplate;
  /** The table's input, from the situation. Pure. */
  given(situation: Situation): unknown;
  /** What to do, given what was decided; empty: nothing. Pure. */
  propose(situation: Situation & { readonly decided: unknown }): readonly Proposal[];
  readonly act: readonly Capability[];
  /** Level for each tool by name, `default` for the rest. */
  readonly autonomy: { readonly default: AutonomyLevel } & Readonly<Record<string, AutonomyLevel>>;
  /** Digest of the manifest: everything above, functions by their source text. */
  readonly version: Digest;
}
