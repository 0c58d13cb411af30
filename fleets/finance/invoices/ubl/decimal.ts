/**
 * Decimal numbers as the amounts of an invoice are written: exact, of any size. `value` is `digits / 10^scale`.
 * A float would find 0.1 + 0.2 unequal to 0.3 and refuse a right invoice.
 */
export interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

export const ZERO: Decimal = { digits: 0n, scale: 0 };
export const ONE: Decimal = { digits: 1n, scale: 0 };

/** No amount of an invoice has more characters; longer ones are refused rather than computed with. */
const MAX_LENGTH = 64;
const LEXICAL = /^([+-]?)(\d*)(?:\.(\d*))?$/;

/** Reads the lexical form of `xs:decimal` (no exponent, no grouping); null when the text is no such number. */
export function decimal(text: string): Decimal | null {
  const trimmed = text.trim();
  if (trimmed.length > MAX_LENGTH) return null;
  const [, sign, whole = '', fraction = ''] = LEXICAL.exec(trimmed) ?? [];
  if (sign === undefined || whole + fraction === '') return null;
  const digits = BigInt(whole + fraction);
  return { digits: sign === '-' ? -digits : digits, scale: fraction.length };
}

export function plus(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale);
  return { digits: digitsAt(a, scale) + digitsAt(b, scale), scale };
}

export function minus(a: Decimal, b: Decimal): Decimal {
  return plus(a, { digits: -b.digits, scale: b.scale });
}

export function times(a: Decimal, b: Decimal): Decimal {
  return { digits: a.digits * b.digits, scale: a.scale + b.scale };
}

/** A hundredth of it: a percentage as a factor. */
export function percent(a: Decimal): Decimal {
  return { digits: a.digits, scale: a.scale + 2 };
}

export function absolute(a: Decimal): Decimal {
  return a.digits < 0n ? { digits: -a.digits, scale: a.scale } : a;
}

/** Negative, zero or positive as `a` is less than, equal to or greater than `b`. */
export function compare(a: Decimal, b: Decimal): number {
  const { digits } = minus(a, b);
  return digits < 0n ? -1 : digits > 0n ? 1 : 0;
}

export function equal(a: Decimal, b: Decimal): boolean {
  return compare(a, b) === 0;
}

/** To so many decimals, halves towards positive infinity: the rounding of XPath's `round()`, in which the rules are stated. */
export function round(a: Decimal, decimals: number): Decimal {
  if (a.scale <= decimals) return a;
  const divisor = 10n ** BigInt(a.scale - decimals);
  const doubled = a.digits * 2n + divisor;
  return { digits: floorDivide(doubled, divisor * 2n), scale: decimals };
}

/** The number of minor units (cents) when `exponent` decimals make up one unit; null when it does not fit or is a fraction. */
export function minorUnits(a: Decimal, exponent: number): number | null {
  const at = round(a, exponent);
  if (!equal(at, a)) return null;
  const minor = Number(digitsAt(at, exponent));
  return Number.isSafeInteger(minor) ? minor : null;
}

function digitsAt(a: Decimal, scale: number): bigint {
  return a.digits * 10n ** BigInt(scale - a.scale);
}

function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b !== 0n && a < 0n ? quotient - 1n : quotient;
}
