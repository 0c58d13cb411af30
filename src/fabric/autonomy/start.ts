import type { Pool } from 'pg';
import type { Documents } from '../documents.ts';
import type { MotionKind, Motions } from '../motions.ts';
import { autonomyKinds, type AutonomyOptions } from './autonomy-kinds.ts';
import { createAutonomy, type Autonomy } from './autonomy.ts';
import { createIncidents, type Incidents } from './incidents.ts';
import { createLedgerEvidence } from './ledger-evidence.ts';
import { createReviewFollower } from './review-follower.ts';
import { createReviews, type Reviews } from './reviews.ts';

/** How freely agents act, what went wrong, and what people think of it afterwards. */
export interface AutonomyOfFabric {
  /** For the motions. */
  readonly kinds: readonly MotionKind[];
  /** When there are motions. */
  start(motions: Pick<Motions, 'propose'>): {
    readonly autonomy: Autonomy;
    readonly incidents: Incidents;
    readonly reviews: Reviews;
    /** Done at every sweep. */
    readonly also: readonly (() => Promise<void>)[];
  };
}

export function prepareAutonomy(
  given: Omit<AutonomyOptions, 'evidence'> & { readonly pool: Pool; readonly documents: Documents },
): AutonomyOfFabric {
  const options = { ...given, evidence: createLedgerEvidence(given.pool) };
  return {
    kinds: autonomyKinds(options),
    start(motions) {
      const autonomy = createAutonomy(options, motions);
      const follow = createReviewFollower(options);
      return {
        autonomy,
        incidents: createIncidents(options),
        reviews: createReviews(options),
        also: [() => autonomy.lapse(), follow],
      };
    },
  };
}
