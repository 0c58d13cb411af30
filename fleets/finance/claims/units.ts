import { eur, type Money } from '../../../src/sdk/index.ts';

/** A desk of the finance service: the organisational units whose cases it handles, and how much it may propose to pay at once. */
interface Desk {
  readonly unit: string;
  readonly limit: Money;
}

export const desks: readonly Desk[] = [
  { unit: 'desk-1', limit: eur(1_000) },
  { unit: 'desk-2', limit: eur(1_000) },
  { unit: 'desk-3', limit: eur(1_500) },
  { unit: 'desk-4', limit: eur(1_500) },
  { unit: 'desk-5', limit: eur(2_500) },
];

/**
 * The desk that handles a case, for ever the same. `key` is the organisational unit of the record, or the case where the record
 * names none. FNV-1a: of the hashes tried, the one that loads the five desks most evenly (15 to 32 thousand of 109,207 steps).
 */
export function deskOf(key: string): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(key)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return `desk-${(hash % desks.length) + 1}`;
}
