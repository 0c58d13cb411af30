import type { Permit } from '../vocabulary/index.ts';

/** What a permit is for, as it stands on record. */
export type Permitted = Pick<
  Permit,
  | 'id'
  | 'tenant'
  | 'run'
  | 'agent'
  | 'agentVersion'
  | 'root'
  | 'tool'
  | 'toolDigest'
  | 'effect'
  | 'argumentsText'
  | 'argumentsDigest'
>;

/** Issues permits and spends them, once each. */
export interface Permits {
  /**
   * Called when the intent is durable on record, and only then; called again for the same intent only to find out what became
   * of it after a crash. `now` in milliseconds since the epoch; `until` when what it rests on ends, such as an approval.
   */
  issue(permitted: Permitted, now: number, until?: number): Permit;
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
    issue(
      { id, tenant, run, agent, agentVersion, root, tool, toolDigest, effect, argumentsText, argumentsDigest },
      now,
      until = Number.MAX_SAFE_INTEGER,
    ) {
      const permit = Object.freeze({
        id,
        tenant,
        run,
        agent,
        agentVersion,
        root,
        tool,
        toolDigest,
        effect,
        argumentsText,
        argumentsDigest,
        notAfter: Math.min(now + PERMIT_LIVES_MS, until),
      }) as unknown as Permit;
      unspent.add(permit);
      return permit;
    },
    spend: (permit) => typeof permit === 'object' && permit !== null && unspent.delete(permit),
  };
}
