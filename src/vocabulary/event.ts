import type { Digest, Json } from './canonical.ts';
import type { EventId, PersonId, TenantId } from './ids.ts';
import type { Label } from './label.ts';
import type { Trail } from './trail.ts';

/** Something that happened, as a CloudEvent: perceived, validated, labelled, deduplicated. */
export interface Event<T = Json> {
  readonly id: EventId;
  readonly tenant: TenantId;
  /** CloudEvents `type`, e.g. `claim.approved`. */
  readonly type: string;
  /** CloudEvents `source`: who says so. */
  readonly source: string;
  /** CloudEvents `id` as the source gave it. */
  readonly sourceId: string;
  /** CloudEvents `subject`: the case, order or asset it is about. Events of one subject are worked in order by each agent. */
  readonly subject: string;
  /** When it happened, by the source, RFC 3339. */
  readonly time: string;
  readonly data: T;
  readonly dataDigest: Digest;
  readonly label: Label;
  /** A second event with the same key is a repeat, for ever. */
  readonly dedupeKey: string;
  /** Position in the order of admission; 0 until it is on record. */
  readonly seq: number;
  /** Who brought it; null when a source did. Handed down to all that is published because of it. */
  readonly principal: PersonId | null;
  /** The event from which all of this came: its own id when it came from outside. Runs with one root are a run tree. */
  readonly root: EventId;
  /** How many agents lie between the root and this: 0 for what came from outside. */
  readonly depth: number;
  /** What was done and seen in the run tree before this was published. */
  readonly trail: Trail;
}
