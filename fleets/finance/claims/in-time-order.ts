/** Something that happened at `at`, in milliseconds since 1970. */
export interface Dated<T> {
  readonly at: number;
  readonly what: T;
}

/** A case that has begun, and how far it is. */
interface Open<T> {
  readonly at: number;
  readonly opened: number;
  readonly steps: readonly Dated<T>[];
  readonly next: number;
}

/**
 * Merges cases into one stream in time order, holding only those that are open. Steps of a case keep their order; at one time
 * the case that was opened first goes first.
 *
 * @param logs each hands over its cases, none empty, in order of their first step.
 */
export function* inTimeOrder<T>(logs: readonly Iterator<readonly Dated<T>[]>[]): Generator<T> {
  const heads = logs.map((log) => ({ log, head: log.next() }));
  /** Latest first, so that the next step is popped off the end. */
  const open: Open<T>[] = [];
  let opened = 0;
  for (;;) {
    for (let first = earliest(); first !== null; first = earliest()) {
      insert(open, { at: first.at, opened: opened++, steps: first.steps, next: 0 });
      first.source.head = first.source.log.next();
    }
    const due = open.pop();
    const step = due?.steps[due.next];
    if (due === undefined || step === undefined) return;
    yield step.what;
    const later = due.steps[due.next + 1];
    if (later !== undefined) insert(open, { ...due, at: Math.max(due.at, later.at), next: due.next + 1 });
  }

  /** The case to be opened before the next step is due; null when that step comes first. */
  function earliest() {
    const due = open.at(-1)?.at ?? Infinity;
    let first: { at: number; steps: readonly Dated<T>[]; source: (typeof heads)[number] } | null = null;
    for (const source of heads) {
      if (source.head.done) continue;
      const at = source.head.value[0]?.at ?? 0;
      if (at <= due && (first === null || at < first.at)) first = { at, steps: source.head.value, source };
    }
    return first;
  }
}

/** Keeps `open` sorted by time and then by opening, both descending. */
function insert<T>(open: Open<T>[], entry: Open<T>): void {
  let low = 0;
  let high = open.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = open[middle];
    if (other !== undefined && (other.at > entry.at || (other.at === entry.at && other.opened > entry.opened))) {
      low = middle + 1;
    } else high = middle;
  }
  open.splice(low, 0, entry);
}
