import type { MotionKind } from '../motions.ts';
import { createBreakGlass, type BreakGlass } from './break-glass.ts';
import { grantKinds } from './grant-kinds.ts';
import type { GrantOptions } from './grant-terms.ts';
import { createGrants, type Grants } from './grants.ts';

/** Answers in advance, and broken glass; with the motions that make them. */
export interface GrantsOfFabric extends Grants {
  readonly breakGlass: BreakGlass;
  readonly kinds: readonly MotionKind[];
}

export function startGrants(options: GrantOptions): GrantsOfFabric {
  const breakGlass = createBreakGlass(options);
  return {
    ...createGrants(options),
    breakGlass,
    kinds: grantKinds(options, (person) => breakGlass.refuseSuspended(person)),
  };
}
