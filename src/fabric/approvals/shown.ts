import type { Pool } from 'pg';
import { boundDigest, type Approval, type PersonId } from '../../vocabulary/index.ts';

/** When a question was first before somebody: how long they looked at it is measured from here, and anew after an edit. */
export interface Shown {
  /** Notes it the first time, and says when that was, in milliseconds since the epoch. */
  note(approval: Approval, person: PersonId, now: number): Promise<number>;
  /** Null when it never was. */
  since(approval: Approval, person: PersonId): Promise<number | null>;
}

export function createShown(pool: Pool): Shown {
  const since = async (approval: Approval, person: PersonId): Promise<number | null> => {
    const { rows } = await pool.query<{ at: Date }>(
      'select at from reeve.shown where approval = $1 and person = $2 and bound = $3',
      [approval.id, person, boundDigest(approval.bound)],
    );
    return rows[0]?.at.getTime() ?? null;
  };
  return {
    since,
    async note(approval, person, now) {
      await pool.query(
        'insert into reeve.shown (approval, person, bound, at) values ($1, $2, $3, $4) on conflict do nothing',
        [approval.id, person, boundDigest(approval.bound), new Date(now)],
      );
      return (await since(approval, person)) ?? now;
    },
  };
}
