import type { Verdict } from '../../vocabulary/index.ts';

/** How two verdicts on the same case differ in what happens next. */
export interface Difference {
  readonly from: Verdict['kind'];
  readonly to: Verdict['kind'];
  /** What brought it about: the policies that now stand in the way, or those that no longer do. */
  readonly policies: readonly string[];
}

const FREEDOM = { refused: 0, 'needs-approval': 1, permitted: 2 } as const satisfies Record<Verdict['kind'], number>;

/**
 * Null when the same happens next: the same kind and, where people are asked, the same roles. Which policies say so may
 * differ.
 */
export function differs(was: Verdict, would: Verdict): Difference | null {
  if (was.kind === would.kind && rolesOf(was).join() === rolesOf(would).join()) return null;
  return { from: was.kind, to: would.kind, policies: [...(would.kind === 'permitted' ? was : would).policies].sort() };
}

/** True when more would have happened, or with fewer people asked. */
export function isWeaker(was: Verdict, would: Verdict): boolean {
  if (was.kind !== would.kind) return FREEDOM[would.kind] > FREEDOM[was.kind];
  const asked = new Set(rolesOf(would));
  return rolesOf(was).some((role) => !asked.has(role));
}

/** Roles that are asked, each once, in order. */
export function rolesOf(verdict: Verdict): readonly string[] {
  return verdict.kind === 'needs-approval' ? [...new Set(verdict.roles)].sort() : [];
}
