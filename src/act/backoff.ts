const FIRST_MS = 100;
const LONGEST_MS = 2_000;

/** How long to wait before repeat `n`, from 0, in milliseconds: anything up to a bound that doubles ("full jitter"). */
export function backoffMs(n: number): number {
  return Math.random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** n);
}
