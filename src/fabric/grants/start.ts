import type { Document } from '../../vocabulary/index.ts';
import type { MotionKind } from '../motions.ts';
import { createBreakGlass, type BreakGlass } from './break-glass.ts';
import { grantKinds } from './grant-kinds.ts';
import type { BreakGlassGrant, GrantOptions } from './grant-terms.ts';
import { createGrants, type Grants } from './grants.ts';

/** Answers in advance, and broken glass; with the motions that make them. */
export interface GrantsOfFabric extends Grants {
  readonly breakGlass: BreakGlass;
  readonly kinds: readonly MotionKind[];
  /** What is open now: for everybody to see. */
  broken(): readonly Document<BreakGlassGrant>[];
}

export function startGrants(options: GrantOptions): GrantsOfFabric {
  const breakGlass = createBreakGlass(options);
  return {
    ...createGrants(options),
    breakGlass,
    broken: () =>
      ((options.standing().documents.get('standing-grant') ?? []) as readonly Document<BreakGlassGrant>[]).filter(
        ({ content: { form, until } }) => form === 'break-glass' && options.clock.now() < until,
      ),
    kinds: grantKinds(options, (person) => breakGlass.refuseSuspended(person)),
  };
}
