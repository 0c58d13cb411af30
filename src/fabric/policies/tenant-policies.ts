import type { PersonId } from '../../vocabulary/index.ts';

/** What a tenant forbids beyond the base set, as a document of the kind `tenant-policies` holds it. Its id is the tenant. */
export interface TenantPolicies {
  /** Cedar; forbids only. Empty when the tenant took them all back. */
  readonly policies: string;
  readonly author: PersonId;
  readonly reason: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}
