import type { Json } from './canonical.ts';
import type { AgentId, RunId, TenantId } from './ids.ts';

/**
 * Every kind of ledger entry, past tense, append-only; `docs/entries.md` says what each holds and a test holds the two
 * together.
 */
export const ENTRY_KINDS = [
  'agent.registered',
  'approval.answered',
  'approval.consumed',
  'approval.escalated',
  'approval.settled',
  'autonomy.changed',
  'break-glass.opened',
  'break-glass.reviewed',
  'budget.changed',
  'budget.overdrawn',
  'budget.released',
  'delegation.changed',
  'drill.measured',
  'event.admitted',
  'fence.changed',
  'incident.reported',
  'intent.parked',
  'intent.permitted',
  'intent.refused',
  'mode.changed',
  'motion.proposed',
  'motion.settled',
  'outcome.recorded',
  'outcome.settled',
  'person.changed',
  'platform.started',
  'policies.back-tested',
  'policies.drafted',
  'policies.enforced',
  'policies.logged',
  'review.recorded',
  'run.ended',
  'run.set-aside',
  'seeded-check.settled',
  'standing-grant.changed',
  'tenant-policies.changed',
  'token.changed',
  'webhook.changed',
] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

/** One record of something seen, decided or done. Its canonical text is what is hashed and sealed. */
export interface Entry {
  /** Position in the log, from 1, without gaps. */
  readonly seq: number;
  readonly kind: EntryKind;
  readonly tenant: TenantId;
  readonly run: RunId | null;
  readonly agent: AgentId | null;
  /** When it was written, RFC 3339 with milliseconds, by the platform's clock. */
  readonly at: string;
  readonly body: Json;
}

/** An entry before it has a place in the log. */
export type EntryDraft = Omit<Entry, 'seq' | 'at'>;
