import { z } from 'zod';
import { messageOf, Misuse } from '../vocabulary/index.ts';
import type { Case } from './case.ts';
import { ORDINARY } from './ordinary-case.ts';

/** Every place in a case, as in `situation.amountMinor`. */
export const PLACES: readonly string[] = (['agent', 'tool', 'situation'] as const).flatMap((part) =>
  Object.keys(ORDINARY[part]).map((name) => `${part}.${name}`),
);

const Place = z
  .string()
  .refine((place) => PLACES.includes(place), { error: 'is no place in a case, such as `tool.risk`' });
const Operand = z.union([z.string(), z.number(), z.boolean(), z.strictObject({ at: Place })]);

const OPERATORS = ['is', 'isNot', 'above', 'atLeast', 'below', 'holds', 'isEmpty'] as const;

const Condition = z
  .strictObject({
    at: Place,
    is: Operand.optional(),
    isNot: Operand.optional(),
    above: Operand.optional(),
    atLeast: Operand.optional(),
    below: Operand.optional(),
    /** Of a set. */
    holds: z.string().optional(),
    isEmpty: z.boolean().optional(),
  })
  .refine((condition) => OPERATORS.filter((operator) => condition[operator] !== undefined).length === 1, {
    error: `says exactly one of ${OPERATORS.join(', ')}`,
  });
export type Condition = z.infer<typeof Condition>;

/** Something that must hold of every verdict, whatever is asked. */
export const Invariant = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]*$/),
  /** For people. */
  says: z.string().min(1),
  /** Of which requests: those that meet all conditions of one of these. */
  when: z.array(z.array(Condition).min(1)).min(1),
  /** Refused whatever people lift; or not done unless at least so many people agree. */
  must: z.union([z.literal('refused'), z.strictObject({ people: z.int().min(1).max(10) })]),
});
export type Invariant = z.infer<typeof Invariant>;

/** Reads the text of an `invariants.json`. @throws Misuse `bad-policy` when it is malformed. */
export function parseInvariants(text: string): readonly Invariant[] {
  try {
    return z.array(Invariant).min(1).max(200).parse(JSON.parse(text));
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : messageOf(cause);
    throw new Misuse('bad-policy', `invariants: ${why}`, { cause });
  }
}

/** Makes a condition ready to be asked of many requests. */
export function whether(condition: Condition): (about: Case) => boolean {
  const value = reader(condition.at);
  const operator = OPERATORS.find((one) => condition[one] !== undefined) ?? 'is';
  const operand = condition[operator];
  const holds = HOLDS[operator];
  if (typeof operand === 'object') {
    const other = reader(operand.at);
    return (about) => holds(value(about), other(about));
  }
  return (about) => holds(value(about), operand ?? false);
}

type Scalar = string | number | boolean;
type Value = Scalar | readonly string[];

const HOLDS: Readonly<Record<(typeof OPERATORS)[number], (value: Value, other: Value) => boolean>> = {
  is: (value, other) => value === other,
  isNot: (value, other) => value !== other,
  above: (value, other) => value > other,
  atLeast: (value, other) => value >= other,
  below: (value, other) => value < other,
  holds: (value, other) => Array.isArray(value) && value.includes(other as string),
  isEmpty: (value, other) => Array.isArray(value) && (value.length === 0) === other,
};

/** Reads a place of a case. */
export function reader(place: string): (about: Case) => Value {
  const [part = '', name = ''] = place.split('.');
  return (about) => (about as unknown as Record<string, Record<string, Value>>)[part]?.[name] ?? false;
}
