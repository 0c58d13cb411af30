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

const COMPARISONS = ['==', '!=', '<', '<=', '>', '>='];

/** @param conditions the `conditions` of every policy in Cedar's JSON format. */
export function findAmountRegions(conditions: readonly unknown[]): AmountRegions {
  const bounds = new Set<number>();
  const coarse = conditions.every((condition) => onlyCompares(condition, bounds));
  if (!coarse) return { coarse, keyOf: ({ amountMinor }) => String(amountMinor) };
  const sorted = [...bounds].sort((a, b) => a - b);
  return {
    coarse,
    keyOf({ amountMinor, limitMinor }) {
      let key = String(Math.sign(amountMinor - limitMinor));
      for (const bound of sorted) key += `,${Math.sign(amountMinor - bound)}`;
      return key;
    },
  };
}

/** True when below this node the amount is only compared; notes with what. */
function onlyCompares(node: unknown, bounds: Set<number>): boolean {
  if (typeof node !== 'object' || node === null) return true;
  if (Array.isArray(node)) return node.every((item) => onlyCompares(item, bounds));
  if (isVariable(node, 'context') || isAccess(node, 'amountMinor')) return false;
  // Any other attribute of the context is no concern of ours; the amount itself was caught above.
  if (isAnyAccess(node)) return true;
  return Object.entries(node).every(([operator, operands]) => {
    if (COMPARISONS.includes(operator) && isPair(operands)) {
      const { left, right } = operands;
      const other = isAccess(left, 'amountMinor') ? right : isAccess(right, 'amountMinor') ? left : null;
      if (other !== null) return isAccess(other, 'limitMinor') || noteBound(other, bounds);
    }
    return onlyCompares(operands, bounds);
  });
}

function noteBound(node: unknown, bounds: Set<number>): boolean {
  const value = (node as { Value?: unknown } | null)?.Value;
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) return false;
  bounds.add(value);
  return true;
}

function isPair(node: unknown): node is { left: unknown; right: unknown } {
  return typeof node === 'object' && node !== null && 'left' in node && 'right' in node;
}

/** `context.<attribute>` for any attribute. */
function isAnyAccess(node: unknown): node is { '.': { left: unknown; attr: string } } {
  if (typeof node !== 'object' || node === null || !('.' in node)) return false;
  return isVariable((node['.'] as { left?: unknown }).left, 'context');
}

function isAccess(node: unknown, attribute: string): boolean {
  return isAnyAccess(node) && node['.'].attr === attribute;
}

function isVariable(node: unknown, name: string): boolean {
  return typeof node === 'object' && node !== null && (node as { Var?: unknown }).Var === name;
}
