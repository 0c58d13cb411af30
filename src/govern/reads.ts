/**
 * What one policy can tell apart, found in its own syntax tree (Cedar's JSON policy format): the attributes that it reads and
 * whether it looks at agent or tool themselves. Two cases that are alike in these have the same answer from it.
 */
export interface Reads {
  /** Of `principal`, of `resource`, of `context`. */
  readonly agent: readonly string[];
  readonly tool: readonly string[];
  readonly context: readonly string[];
  /** It compares the agent itself, or asks what it is in: its id and its capabilities. */
  readonly principal: boolean;
  readonly resource: boolean;
}

/** As much of a policy in Cedar's JSON format as says what it reads. */
export interface PolicyTree {
  readonly principal: unknown;
  readonly action: unknown;
  readonly resource: unknown;
  readonly conditions: readonly unknown[];
}

/**
 * Null when it cannot be said: the policy uses the context as a whole, follows an attribute's attributes, or looks at the action.
 * Then everything may matter.
 */
export function readsOf(policy: PolicyTree): Reads | null {
  const of = { principal: new Set<string>(), resource: new Set<string>(), context: new Set<string>() };
  const itself = { principal: !isOpen(policy.principal), resource: !isOpen(policy.resource) };
  const action = (policy.action as { op?: unknown } | null)?.op;
  if (action !== 'All' && action !== '==') return null;
  if (!policy.conditions.every((condition) => isKnown((condition as { body?: unknown }).body))) return null;
  return {
    agent: [...of.principal].sort(),
    tool: [...of.resource].sort(),
    context: [...of.context].sort(),
    ...itself,
  };

  /** True when all that this part of the tree reads has been noted. */
  function isKnown(node: unknown): boolean {
    if (Array.isArray(node)) return node.every((item) => isKnown(item));
    // Nothing but operators with their operands is expected here; operators that take names are handled below.
    if (typeof node !== 'object' || node === null) return typeof node === 'string';
    return Object.entries(node).every(([operator, operands]: [string, unknown]) => {
      switch (operator) {
        case 'Value':
          return true;
        case 'Var':
          return noteItself(operands);
        case '.':
        case 'has':
          return noteAttribute(operands as { left?: unknown; attr?: unknown } | null);
        case 'like':
          return isKnown((operands as { left?: unknown } | null)?.left);
        case 'Record':
        case 'Slot':
        case 'Unknown':
        case 'hasTag':
        case 'getTag':
          return false;
        default:
          return isKnown(operands);
      }
    });
  }

  function noteItself(name: unknown): boolean {
    if (name !== 'principal' && name !== 'resource') return false;
    itself[name] = true;
    return true;
  }

  function noteAttribute(access: { left?: unknown; attr?: unknown } | null): boolean {
    const name = (access?.left as { Var?: unknown } | null | undefined)?.Var;
    const attribute = access?.attr;
    if (typeof attribute !== 'string') return false;
    if (name !== 'principal' && name !== 'resource' && name !== 'context') return false;
    of[name].add(attribute);
    return true;
  }
}

/** A scope that says no more than the type, which is always the same. */
function isOpen(scope: unknown): boolean {
  const { op, in: within } = (scope ?? {}) as { op?: unknown; in?: unknown };
  return op === 'All' || (op === 'is' && within === undefined);
}
