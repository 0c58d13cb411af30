import type { Digest } from './canonical.ts';
import type { EffectClass } from './effect.ts';
import type { AgentId, EventId, PermitId, RunId, TenantId, ToolId } from './ids.ts';

declare const madeByGovern: unique symbol;

/**
 * The single-use right to perform one Intent.
 *
 * INVARIANT (no-action-without-permit): this brand is exported to nobody, so code outside `govern` cannot write one down; a
 * value cast to this type is refused at run time, because `govern` remembers the objects it made and spends each once.
 */
export interface Permit {
  readonly [madeByGovern]: true;
  readonly id: PermitId;
  readonly tenant: TenantId;
  readonly run: RunId;
  readonly agent: AgentId;
  readonly agentVersion: Digest;
  /** The event from which the run tree grew. */
  readonly root: EventId;
  readonly tool: ToolId;
  readonly toolDigest: Digest;
  readonly effect: EffectClass;
  readonly argumentsText: string;
  readonly argumentsDigest: Digest;
  /** Milliseconds since the epoch; not to be sent later than this. */
  readonly notAfter: number;
}
