import type { Digest } from './canonical.ts';
import type { AgentId, EventId, RunId, TenantId } from './ids.ts';

/** Where a run stands. */
export const RUN_STATES = ['queued', 'waiting', 'done', 'failed', 'refused', 'set-aside'] as const;
export type RunState = (typeof RUN_STATES)[number];

/** States in which a run stays for ever. */
export const RUN_ENDED: readonly RunState[] = ['done', 'failed', 'refused', 'set-aside'];

/** One agent version working on one event, from admission to its end. */
export interface Run {
  readonly id: RunId;
  readonly tenant: TenantId;
  readonly agent: AgentId;
  readonly agentVersion: Digest;
  readonly event: EventId;
  /** Order of admission. */
  readonly seq: number;
  readonly subject: string;
  /** How often it was begun and broke off without a verdict; it is set aside when this reaches the limit. */
  readonly attempts: number;
}
