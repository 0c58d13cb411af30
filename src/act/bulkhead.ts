/**
 * Lets at most so many calls of one tool be under way at once; a bounded number wait, in order. Calls that settle an earlier
 * one go first and are never turned away (there are no more of them than earlier calls): what is not known is found out before
 * anything new is begun.
 */
export interface Bulkhead {
  /** True when there is room, now or later; false when too many wait already. Each true is followed by one `leave`. */
  enter(purpose: 'new' | 'settle'): boolean | Promise<boolean>;
  leave(): void;
  stats(): { readonly underWay: number; readonly waiting: number };
}

type Waiter = (room: true) => void;

/** How many may wait for each that may be under way. */
const WAITING_PER_PLACE = 16;

export function createBulkhead(places: number): Bulkhead {
  let underWay = 0;
  const waiting = { settle: [] as Waiter[], new: [] as Waiter[] };
  return {
    enter: (purpose) => {
      if (underWay < places) {
        underWay++;
        return true;
      }
      if (purpose === 'new' && waiting.new.length >= places * WAITING_PER_PLACE) return false;
      return new Promise<true>((resolve) => waiting[purpose].push(resolve));
    },
    leave: () => {
      const next = waiting.settle.shift() ?? waiting.new.shift();
      // The place passes to the next one, so that nobody can slip in between.
      if (next === undefined) underWay--;
      else next(true);
    },
    stats: () => ({ underWay, waiting: waiting.settle.length + waiting.new.length }),
  };
}
