import type { Agent } from './agent.ts';
import type { Json } from './canonical.ts';
import type { AgentId, TenantId } from './ids.ts';
import type { Event } from './event.ts';
import type { Proposal } from './tool.ts';

/** Input as a source hands it over, before it is admitted: the fields of a CloudEvent that Reeve reads. */
export interface RawEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly data: Json;
}

/** Agents of one domain with the work and the answers that ship with them. */
export interface Fleet {
  readonly name: string;
  readonly tenant: TenantId;
  readonly agents: readonly Agent[];
  /** Records that ship, as events in time order. Without `all`, a first part that is enough for a demonstration. */
  work(options: { readonly all: boolean }): AsyncIterable<RawEvent> | Iterable<RawEvent>;
  /** Compares what the agents decide about all the records with answers that nobody here wrote. */
  score?(): Scorer;
}

/** What one agent decided about one event, in rehearsal: nothing was done. */
export interface Rehearsed {
  readonly agent: AgentId;
  readonly role: string;
  readonly unit: string;
  readonly event: Event;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly decided: unknown;
  readonly proposals: readonly Proposal[];
}

export interface Scorer {
  observe(rehearsed: Rehearsed): void;
  result(): readonly ScoreRow[];
}

/** One line of `reeve fleet score`. */
export interface ScoreRow {
  /** What is compared, e.g. `domestic: paid without final approval`. */
  readonly key: string;
  /** How many answers the reference holds. */
  readonly expected: number;
  /** How many of them the agents gave. */
  readonly agreed: number;
  /** How many the agents gave that the reference does not hold. */
  readonly extra: number;
}
