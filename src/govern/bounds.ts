const COMPARISONS = ['==', '!=', '<', '<=', '>', '>='];

/**
 * The numbers that policies compare `context.<attribute>` with, in order; `partner` is another attribute that they may compare it
 * with. Null when one of them uses the attribute in any other way: then every value of it may matter.
 *
 * @param conditions the `conditions` of every policy in Cedar's JSON format.
 */
export function boundsOf(
  conditions: readonly unknown[],
  attribute: string,
  partner: string | null,
): readonly number[] | null {
  const bounds = new Set<number>();
  const coarse = conditions.every((condition) => onlyCompares(condition));
  return coarse ? [...bounds].sort((a, b) => a - b) : null;

  /** True when below this node the attribute is only compared; notes with what. */
  function onlyCompares(node: unknown): boolean {
    if (typeof node !== 'object' || node === null) return true;
    if (Array.isArray(node)) return node.every((item) => onlyCompares(item));
    if (isVariable(node, 'context') || isAccess(node, attribute)) return false;
    // Any other attribute of the context is no concern of ours; this one was caught above.
    if (isAnyAccess(node)) return true;
    return Object.entries(node).every(([operator, operands]) => {
      if (COMPARISONS.includes(operator) && isPair(operands)) {
        const { left, right } = operands;
        const other = isAccess(left, attribute) ? right : isAccess(right, attribute) ? left : null;
        if (other !== null) return (partner !== null && isAccess(other, partner)) || noteBound(other);
      }
      return onlyCompares(operands);
    });
  }

  function noteBound(node: unknown): boolean {
    const value = (node as { Value?: unknown } | null)?.Value;
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) return false;
    bounds.add(value);
    return true;
  }
}

/**
 * The texts that policies look for in the set `context.<attribute>`, in order. Null when one of them uses the set in any other way.
 *
 * @param conditions as for {@link boundsOf}.
 */
export function membersOf(conditions: readonly unknown[], attribute: string): readonly string[] | null {
  const members = new Set<string>();
  return conditions.every((condition) => onlyLooks(condition)) ? [...members].sort() : null;

  function onlyLooks(node: unknown): boolean {
    if (typeof node !== 'object' || node === null) return true;
    if (Array.isArray(node)) return node.every((item) => onlyLooks(item));
    if (isVariable(node, 'context') || isAccess(node, attribute)) return false;
    if (isAnyAccess(node)) return true;
    return Object.entries(node).every(([operator, operands]) => {
      if (operator === 'contains' && isPair(operands) && isAccess(operands.left, attribute)) {
        const value = (operands.right as { Value?: unknown } | null)?.Value;
        if (typeof value === 'string') members.add(value);
        return typeof value === 'string';
      }
      return onlyLooks(operands);
    });
  }
}

/** On which side of each bound a value lies: alike for values that the bounds cannot tell apart. */
export function sidesOf(value: number, bounds: readonly number[]): string {
  let sides = '';
  for (const bound of bounds) sides += `,${Math.sign(value - bound)}`;
  return sides;
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
