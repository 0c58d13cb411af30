/** Halvings of the interval: more than a double can tell apart. */
const HALVINGS = 60;

/**
 * The exact one-sided upper bound (Clopper and Pearson) of an error rate: with this confidence it is no higher, given so many
 * errors in `n` acts. 299 clean ones give 1 % at 95 %, as do 473 with one error and 628 with two. 1 when there were none.
 *
 * @param confidence between 0 and 1, exclusive
 * @throws RangeError when the figures cannot be: these are our own counts, so that is a bug.
 */
export function upperBound(errors: number, n: number, confidence: number): number {
  const counts = Number.isSafeInteger(errors) && Number.isSafeInteger(n) && errors >= 0 && errors <= n;
  if (!counts || !(confidence > 0 && confidence < 1)) {
    throw new RangeError(`no bound for ${errors} errors in ${n} at ${confidence}`);
  }
  if (errors === n) return 1;
  let low = errors / n;
  let high = 1;
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    if (atMost(errors, n, middle) > 1 - confidence) low = middle;
    else high = middle;
  }
  // The upper end: never a bound that is better than the figures.
  return high;
}

/** The fewest acts, with so many errors among them, that bring the upper bound to `most`. */
export function fewestFor(most: number, confidence: number, errors = 0): number {
  let high = errors + 1;
  while (upperBound(errors, high, confidence) > most) high *= 2;
  let low = errors;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (upperBound(errors, middle, confidence) > most) low = middle;
    else high = middle;
  }
  return high;
}

/** Chance of at most `errors` in `n` when each goes wrong with chance `p`; summed from the logarithms, so that none underflows. */
function atMost(errors: number, n: number, p: number): number {
  if (p <= 0) return 1;
  if (p >= 1) return errors >= n ? 1 : 0;
  const right = Math.log1p(-p);
  const wrong = Math.log(p);
  let choose = 0;
  let sum = Math.exp(n * right);
  for (let k = 1; k <= errors; k++) {
    choose += Math.log((n - k + 1) / k);
    sum += Math.exp(choose + k * wrong + (n - k) * right);
  }
  return Math.min(1, sum);
}
