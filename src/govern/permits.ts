import type { EffectClass, Intent, Permit, PermitId, Tool } from '../vocabulary/index.ts';

/** Issues permits and spends them, once each. */
export interface Permits {
  /** Called when the intent is durable on record, and only then. `now` in milliseconds since the epoch. */
  issue(id: PermitId, intent: Intent, tool: Tool, now: number): Permit;
  /** True once for each permit that this object issued; false for everything else, whatever it looks like. */
  spend(permit: Permit): boolean;
}

/** How long a permit may wait between the gate and the wire. A stop is complete when the last permit has died. */
export const PERMIT_LIVES_MS = 2_000;

/**
 * INVARIANT (no-action-without-permit): the objects issued here are remembered by identity. A value that was cast, copied or
 * used before is not among them.
 */
export function createPermits(): Permits {
  const unspent = new WeakSet<Permit>();
  return {
    issue(id, intent, tool, now) {
      const permit = Object.freeze({
        id,
        tenant: intent.tenant,
        run: intent.run,
        agent: intent.agent,
        tool: intent.tool,
        toolDigest: intent.toolDigest,
        effect: tool.effect satisfies EffectClass,
        argumentsText: intent.argumentsText,
        argumentsDigest: intent.argumentsDigest,
        notAfter: now + PERMIT_LIVES_MS,
      }) as unknown as Permit;
      unspent.add(permit);
      return permit;
    },
    spend: (permit) => typeof permit === 'object' && permit !== null && unspent.delete(permit),
  };
}
