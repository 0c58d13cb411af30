import { boundsOf, sidesOf } from './bounds.ts';
import type { Case } from './case.ts';

/**
 * What a set of policies can tell apart about an amount. When every policy only compares `context.amountMinor` with numbers it
 * names and with `context.limitMinor`, two amounts that lie alike to all of these have the same verdict, whatever else they
 * are. Verdicts can then be remembered for the region instead of for each cent.
 *
 * Found in the policies' own syntax tree (Cedar's JSON policy format), not assumed: one policy that uses the amount in any other
 * way, and amounts are told apart to the cent.
 */
export interface AmountRegions {
  /** The part of a memory's key that stands for the amount. */
  keyOf(situation: Pick<Case['situation'], 'amountMinor' | 'limitMinor'>): string;
  /** False when amounts are told apart to the cent. */
  readonly coarse: boolean;
}

/** @param conditions the `conditions` of every policy in Cedar's JSON format. */
export function findAmountRegions(conditions: readonly unknown[]): AmountRegions {
  const bounds = boundsOf(conditions, 'amountMinor', 'limitMinor');
  if (bounds === null) return { coarse: false, keyOf: ({ amountMinor }) => String(amountMinor) };
  return {
    coarse: true,
    keyOf: ({ amountMinor, limitMinor }) => `${Math.sign(amountMinor - limitMinor)}${sidesOf(amountMinor, bounds)}`,
  };
}
