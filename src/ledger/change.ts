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
  readonly effectMoves?: readonly (EffectMoveRow & AtEntry)[];
  readonly reservations?: readonly ReservationRow[];
  readonly outcomes?: readonly OutcomeRow[];
  readonly releases?: readonly ReleaseRow[];
  readonly approvals?: readonly (ApprovalRow & AtEntry)[];
  readonly approvalMoves?: readonly ApprovalMoveRow[];
  readonly documents?: readonly DocumentRow[];
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
  readonly principal: string | null;
  /** Null when it is its own root. */
  readonly root: string | null;
  readonly depth: number;
  /** Null when nothing was done before it. */
  readonly trail: object | null;
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
  /** True when this change reserves room for it in budgets. */
  readonly reserved?: boolean;
}

/** An effect that waited for people: what becomes of it. */
export interface EffectMoveRow {
  readonly permit: string;
  readonly tool: string;
  readonly class: string;
  readonly system: string | null;
  readonly state: string;
  readonly arguments: string;
  readonly arguments_digest: string;
  readonly tool_digest: string;
  readonly amount_minor: number | null;
  readonly currency: string | null;
  readonly why: string;
  readonly reserved?: boolean;
}

/** Room taken in a budget's account until the outcome settles it. Refused as {@link Conflict} on `budget` when there is none. */
export interface ReservationRow {
  readonly permit: string;
  readonly account: string;
  readonly budget: string;
  readonly tenant: string;
  /** Name of the window. */
  readonly period: string;
  /** The most that it can come to; above 0. */
  readonly amount: number;
  readonly cap: number;
  /** People let this act pass beyond the cap. */
  readonly lift: boolean;
  /** Counted although the act fails. */
  readonly kept: boolean;
}

export interface OutcomeRow {
  readonly permit: string;
  readonly state: string;
  readonly why: string;
  /** What it did come to, by account; what is not named came to what was reserved, or to nothing when it failed. */
  readonly spent?: Readonly<Record<string, number>>;
}

/** An effect that is over and still holds room in budgets. Refused as {@link Conflict} on `state` when it is not over. */
export interface ReleaseRow {
  readonly permit: string;
}

export interface ApprovalRow {
  readonly id: string;
  readonly permit: string;
  readonly run: string;
  readonly step: number;
  readonly tenant: string;
  readonly agent: string;
  readonly tool: string;
  readonly intent_digest: string;
  readonly policies: readonly string[];
  readonly roles: readonly string[];
  /** RFC 3339. */
  readonly expires_at: string;
  /** When it next has to be looked at: to escalate or to expire. RFC 3339. */
  readonly due_at: string;
  /** The whole `Approval` but for `id`, `rev` and `state`. */
  readonly content: object;
}

/** An approval as it stands after something happened to it. Refused as {@link Conflict} on `rev` unless `rev - 1` stands. */
export interface ApprovalMoveRow {
  readonly id: string;
  readonly rev: number;
  readonly state: string;
  readonly intent_digest: string;
  readonly policies: readonly string[];
  readonly roles: readonly string[];
  readonly due_at: string | null;
  readonly content: object | null;
}

/** A document as it stands from now on. Refused as {@link Conflict} on `rev` unless `rev - 1` stands, or nothing when it is 1. */
export interface DocumentRow {
  readonly kind: string;
  readonly id: string;
  readonly rev: number;
  readonly tenant: string;
  readonly state: string;
  /** RFC 3339. */
  readonly due_at: string | null;
  readonly content: object;
}

export interface FenceRow {
  readonly scope: string;
  readonly stopped: boolean;
  /** One more than that of the row it follows. Refused as {@link Conflict} on `rev` otherwise. */
  readonly epoch: number;
  readonly reason: string;
  /** `*` when left out. */
  readonly tenant?: string;
  readonly stopped_by?: string | null;
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
  'effectMoves',
  'reservations',
  'outcomes',
  'releases',
  'approvals',
  'approvalMoves',
  'documents',
  'fences',
  'agents',
  'sources',
  'cases',
] as const;
