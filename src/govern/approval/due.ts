import type { Approval } from '../../vocabulary/index.ts';

/**
 * When an approval next has to be looked at, in milliseconds since the epoch: the next escalation or its end while it is pending;
 * its end, or the end of its delay, once it is approved. Null when nothing happens to it any more.
 */
export function dueAt(approval: Approval, now = 0): number | null {
  const { state, bound, escalated, notBefore } = approval;
  if (state === 'approved')
    return notBefore !== null && notBefore > now ? Math.min(notBefore, bound.expiresAt) : bound.expiresAt;
  if (state !== 'pending') return null;
  const times = approval.requirements
    .flatMap(({ escalations }) => escalations.map(({ at }) => at))
    .sort((a, b) => a - b);
  return Math.min(times[escalated] ?? bound.expiresAt, bound.expiresAt);
}
