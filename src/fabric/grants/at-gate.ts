import { grantFor, type Granted } from '../../govern/index.ts';
import type { ReservationRow } from '../../ledger/index.ts';
import type { Clock, Intent, PermitId, PersonId, TenantId, Verdict } from '../../vocabulary/index.ts';
import type { Standing } from '../standing.ts';

/** Standing grants as the gate uses them. */
export interface GrantsAtGate {
  /** The grant that answers for all that a verdict asks; null when the verdict asks nothing, or none does. */
  find(standing: Standing, intent: Intent, verdict: Verdict, principal: PersonId | null): Granted | null;
  /** The record said that this account has no room; true when it is a grant's, which is then passed over. */
  usedUp(account: string): boolean;
}

const PREFIX = 'grant:';

export function createGrantsAtGate(clock: Clock): GrantsAtGate {
  /** Saves a try; the record alone decides. */
  const spent = new Set<string>();
  return {
    find(standing, intent, verdict, principal) {
      if (verdict.kind !== 'needs-approval') return null;
      const around = { principal, now: clock.now(), except: spent };
      return grantFor(standing.documents.get('standing-grant'), intent, verdict, standing.lawOf(intent.tenant), around);
    },
    usedUp(account) {
      if (!account.startsWith(PREFIX)) return false;
      spent.add(account.slice(PREFIX.length));
      return true;
    },
  };
}

/**
 * One use of a grant, for the change that puts the intent on record.
 *
 * INVARIANT (grants-are-counted): a use is a reservation in an account with the grant's uses as its cap, so that no two acts
 * share one, whatever is under way at once. What failed was a use all the same.
 */
export function useOf(permit: PermitId, tenant: TenantId, { id, uses }: Granted): ReservationRow {
  const account = PREFIX + id;
  return { permit, account, budget: account, tenant, period: 'ever', amount: 1, cap: uses, lift: false, kept: true };
}
