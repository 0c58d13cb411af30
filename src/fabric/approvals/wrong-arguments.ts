import { canonical, type Json, type Tool } from '../../vocabulary/index.ts';

/** What makes a request wrong, so that whoever compares it with its event sees it. */
export const MUTATIONS = ['ten-times-the-amount', 'of-another-case'] as const;
export type Mutation = (typeof MUTATIONS)[number];

type Path = readonly (string | number)[];

/**
 * Arguments that the tool understands and that are wrong: of the same form, and not the same. Null when these arguments cannot be
 * made wrong so.
 *
 * @param other arguments of another request for the same tool
 */
export function wrongArguments(mutation: Mutation, given: Json, other: Json | null, tool: Tool): Json | null {
  const candidates = mutation === 'ten-times-the-amount' ? tenfold(given, tool) : swapped(given, other, tool);
  return candidates.find((one) => fits(one, tool)) ?? null;
}

/** Each number whose tenfold makes the amount ten times what it was. */
function tenfold(given: Json, tool: Tool): readonly Json[] {
  const before = amountOf(given, tool);
  if (before === null || before === 0) return [];
  return leaves(given)
    .flatMap(({ path, value }) => (typeof value === 'number' ? [put(given, path, value * 10)] : []))
    .filter((one) => amountOf(one, tool) === before * 10);
}

/** Each text that differs in the other case, put in place of ours: who or what it is about before all the rest. */
function swapped(given: Json, other: Json | null, tool: Tool): readonly Json[] {
  if (other === null) return [];
  const theirs = new Map(leaves(other).map(({ path, value }) => [canonical([...path]), value]));
  const resource = resourceOf(given, tool);
  return leaves(given)
    .flatMap(({ path, value }) => {
      const instead = theirs.get(canonical([...path]));
      return typeof value === 'string' && typeof instead === 'string' && instead !== value
        ? [put(given, path, instead)]
        : [];
    })
    .toSorted((a, b) => Number(resourceOf(a, tool) === resource) - Number(resourceOf(b, tool) === resource));
}

function fits(given: Json, tool: Tool): boolean {
  const read = tool.input.safeParse(given);
  return read.success && canonical(read.data) === canonical(given);
}

function amountOf(given: Json, tool: Tool): number | null {
  const read = tool.input.safeParse(given);
  return read.success ? (tool.amount?.(read.data)?.minor ?? null) : null;
}

function resourceOf(given: Json, tool: Tool): string | null {
  const read = tool.input.safeParse(given);
  return read.success ? (tool.resource?.(read.data) ?? null) : null;
}

function leaves(value: Json, path: Path = []): readonly { readonly path: Path; readonly value: Json }[] {
  if (value === null || typeof value !== 'object') return [{ path, value }];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner as Json, [...path, key]));
}

function put(value: Json, [key, ...rest]: Path, leaf: Json): Json {
  if (key === undefined) return leaf;
  if (Array.isArray(value)) return value.map((one: Json, i) => (String(i) === key ? put(one, rest, leaf) : one));
  const of = value as { readonly [key: string]: Json };
  return { ...of, [key]: put(of[key] as Json, rest, leaf) };
}
