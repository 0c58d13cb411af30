import { z } from 'zod';
import { Misuse, type TenantId } from '../../vocabulary/index.ts';
import type { MotionKind } from '../motions.ts';
import { PLATFORM } from '../registration.ts';
import type { Standing } from '../standing.ts';
import { SCOPE } from './stop-notes.ts';
import { rowOf } from './stops.ts';

/** A lift is of the stop that was seen: one that came later, of the same scope, is another. */
const Lift = z.strictObject({ scope: z.string().regex(SCOPE), epoch: z.int().positive() });
export type Lift = z.infer<typeof Lift>;

/**
 * Lifting a stop: always a motion, since it gives back what somebody took away for a reason.
 *
 * @param lifted what is done after it is on record.
 */
export function liftKind(standing: () => Standing, lifted: () => void): MotionKind<Lift> {
  return {
    kind: 'fence.lift',
    right: 'stop.lift',
    schema: Lift,
    tenantOf: ({ scope }) => standing().fences.get(scope)?.tenant ?? ('*' as TenantId | '*'),
    says: ({ scope, epoch }) => `lift the stop of ${scope} (number ${epoch} of this scope)`,
    needsSecond: () => true,
    carryOut({ scope, epoch }, { id, by, reason }) {
      const fence = standing().fences.get(scope);
      if (fence?.stopped !== true) throw new Misuse('not-found', `\`${scope}\` is not stopped`);
      if (fence.epoch !== epoch) {
        throw new Misuse('changed-meanwhile', `\`${scope}\` was stopped again meanwhile: ${fence.reason}`, {
          fix: 'look at why, and propose to lift that one',
        });
      }
      const next = { ...fence, stopped: false, epoch: epoch + 1, reason, by: by[0] ?? null };
      const body = { scope, stopped: false, epoch: next.epoch, reason, by: [...by], via: 'motion', motion: id };
      const tenant = fence.tenant === '*' ? PLATFORM : fence.tenant;
      return {
        entries: [{ kind: 'fence.changed', tenant, run: null, agent: null, body }],
        fences: [rowOf(next)],
        changesLaw: true,
      };
    },
    carried: lifted,
  };
}
