import type { Digest, Json } from './canonical.ts';
import type { AgentId, EventId, RunId, TenantId, ToolId } from './ids.ts';
import type { Label } from './label.ts';
import type { Money } from './money.ts';
import type { Trail } from './trail.ts';

/** What an agent wants to do: a tool, its canonical arguments, why, on which evidence. */
export interface Intent {
  readonly tenant: TenantId;
  readonly run: RunId;
  /** Which act of the run this is, from 0. */
  readonly step: number;
  readonly agent: AgentId;
  /** Digest of the agent's manifest: the exact version that wants this. */
  readonly agentVersion: Digest;
  readonly tool: ToolId;
  /** Digest of the tool's definition as the agent knew it. */
  readonly toolDigest: Digest;
  readonly arguments: Json;
  /** The exact bytes that were judged and that the tool will receive. */
  readonly argumentsText: string;
  readonly argumentsDigest: Digest;
  /** What is at stake in money, when the tool declares how to read it from the arguments. */
  readonly amount: Money | null;
  /** What the tool acts on (a case, an order), matched against the capability's resources. */
  readonly resource: string;
  readonly why: string;
  readonly evidence: readonly Evidence[];
  /** Join of the labels of everything that went into it. */
  readonly label: Label;
  /** What the run tree has done and seen before this. */
  readonly trail: Trail;
}

/** One thing the decision rests on, by digest. */
export type Evidence =
  | { readonly kind: 'event'; readonly event: EventId; readonly digest: Digest }
  | { readonly kind: 'fact'; readonly name: string; readonly digest: Digest }
  | {
      readonly kind: 'decision';
      readonly template: string;
      readonly version: Digest;
      /** Which row of the table fired, by its id or position; null when the template has no rows. */
      readonly row: string | null;
      readonly digest: Digest;
    };
