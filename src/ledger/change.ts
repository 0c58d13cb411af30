import type { EntryDraft } from '../vocabulary/index.ts';

/**
 * What one append changes beside adding entries: where things stand now. Field names are the columns of the tables in
 * `host/migrations`; rows that carry `entry` get the sequence number of that entry (index within this change).
 */
export interface Change {
  readonly entries: readonly EntryDraft[];
  readonly events?: readonly (EventRow & AtEntry)[];
  readonly runs?: readonly (RunRow & AtEntry)[];
  readonly ends?: readonly RunEndRow[];
  readonly effects?: readonly (EffectRow & AtEntry)[];
  readonly outcomes?: readonly OutcomeRow[];
  readonly approvals?: readonly (ApprovalRow & AtEntry)[];
  readonly fences?: readonly FenceRow[];
  readonly agents?: readonly AgentRow[];
  readonly sources?: readonly SourceRow[];
  readonly cases?: readonly CaseRow[];
  /** The law this was judged under; the append is refused with {@link LawMoved} when it has changed since. */
  readonly judgedUnder?: number;
  /** This changes the law itself: everything judged before it must be judged again. */
  readonly changesLaw?: boolean;
}

interface AtEntry {
  readonly entry: number;
}

export interface EventRow {
  readonly id: string;
  readonly tenant: string;
  readonly type: string;
  readonly source: string;
  readonly source_id: string;
  readonly subject: string;
  readonly time: string;
  /** Canonical text. */
  readonly data: string;
  readonly data_digest: string;
  readonly label: object;
  readonly dedupe_key: string;
}

export interface RunRow {
  readonly id: string;
  readonly tenant: string;
  readonly agent: string;
  readonly agent_version: string;
  readonly event: string;
  readonly subject: string;
}

export interface RunEndRow {
  readonly id: string;
  readonly state: string;
  readonly why: string;
  /** Set when a broken-off attempt is counted. */
  readonly attempts?: number;
}

export interface EffectRow {
  readonly permit: string;
  readonly run: string;
  readonly step: number;
  readonly tenant: string;
  readonly agent: string;
  readonly tool: string;
  readonly tool_digest: string;
  readonly class: string;
  /** The external system whose journal will show it; null for effects inside the platform. */
  readonly system: string | null;
  readonly state: string;
  readonly arguments: string;
  readonly arguments_digest: string;
  readonly amount_minor: number | null;
  readonly currency: string | null;
  readonly why: string;
}

export interface OutcomeRow {
  readonly permit: string;
  readonly state: string;
  readonly why: string;
}

export interface ApprovalRow {
  readonly id: string;
  readonly run: string;
  readonly step: number;
  readonly tenant: string;
  readonly agent: string;
  readonly tool: string;
  readonly intent_digest: string;
  readonly policies: readonly string[];
  readonly roles: readonly string[];
  readonly expires_in_seconds: number;
}

export interface FenceRow {
  readonly scope: string;
  readonly stopped: boolean;
  readonly epoch: number;
  readonly reason: string;
}

export interface AgentRow {
  readonly name: string;
  readonly tenant: string;
  readonly role: string;
  readonly unit: string;
  readonly version: string;
  readonly manifest: object;
}

export interface SourceRow {
  readonly name: string;
  readonly position: number;
}

/** What was put before the law, once for all intents that it was alike for. */
export interface CaseRow {
  readonly digest: string;
  /** Canonical text; the digest is of it. */
  readonly text: string;
}

/** The tables of a change whose rows are added up when several changes share one append. */
export const CHANGE_TABLES = [
  'events',
  'runs',
  'ends',
  'effects',
  'outcomes',
  'approvals',
  'fences',
  'agents',
  'sources',
  'cases',
] as const;
