import type { Digest, Verdict } from '../vocabulary/index.ts';

/** What a set that only watches would have said instead. */
export interface Flip {
  /** Of the set that watches. */
  readonly digest: Digest;
  readonly from: Verdict['kind'];
  readonly to: Verdict['kind'];
  /** The policies that now stand in the way, or those that no longer would. */
  readonly policies: readonly string[];
}

/** Null when the same would happen next: the same kind of verdict and, where people are asked, the same ones. */
export function flipOf(inForce: Verdict, beside: Verdict, digest: Digest): Flip | null {
  if (inForce.kind === beside.kind && rolesOf(inForce) === rolesOf(beside)) return null;
  const determined = beside.kind === 'permitted' ? inForce : beside;
  return { digest, from: inForce.kind, to: beside.kind, policies: [...determined.policies].sort() };
}

function rolesOf(verdict: Verdict): string {
  return verdict.kind === 'needs-approval' ? [...new Set(verdict.roles)].sort().join() : '';
}
