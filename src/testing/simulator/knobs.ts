import { z } from 'zod';
import { Misuse } from '../../vocabulary/index.ts';

/** `true`: always; `false`: never; a number: with this probability. */
const chance = z.union([z.boolean(), z.number().min(0).max(1)]);

const knobs = z.strictObject({
  /** Which requests they apply to; reads are GET. */
  on: z.enum(['effects', 'reads', 'all']).optional(),
  /** They apply to the next so many requests, then are gone. */
  times: z.int().min(1).optional(),
  /** Seed of the dice; the same seed and requests give the same faults. */
  seed: z.int().optional(),
  /** Waits before it does anything. It then does it, even when the caller has gone. */
  delayMs: z.number().min(0).optional(),
  /** Answers 500 and does nothing. */
  failRate: chance.optional(),
  /** Answers this status and does nothing. */
  refuseWith: z
    .strictObject({ status: z.int().min(300).max(599), retryAfterSeconds: z.int().min(0).optional() })
    .optional(),
  /** Does it, then never answers. This and the next two let a replay of an earlier answer through: nothing was done. */
  doThenHang: chance.optional(),
  /** Does it, then answers 500. */
  doThen500: chance.optional(),
  /** Does it, then resets the connection. */
  doThenReset: chance.optional(),
  /** Does it and answers twice; the second answer comes unasked. */
  duplicateReply: chance.optional(),
  /** Does it and answers 200 with text that is no JSON. */
  garbage: chance.optional(),
  /** Does it and answers with JSON of another shape. */
  schemaFlip: chance.optional(),
  /** False: the idempotency key is ignored and each repeat is done again. */
  honourKey: z.boolean().optional(),
});

/** How a system, or one of its collections, misbehaves. Nothing set: it behaves. */
export type Knobs = z.infer<typeof knobs>;

/** Where knobs are set: a system, or one of its collections, which then has its own in place of the system's. */
export interface KnobPlace {
  readonly system: string;
  readonly collection?: string | undefined;
}

/** What goes wrong with one request. */
export interface Faults {
  readonly delayMs: number;
  /** Done nothing, answered this. */
  readonly refuse: { readonly status: number; readonly retryAfterSeconds?: number | undefined } | null;
  /** What follows the deed. */
  readonly after: 'answer' | 'hang' | '500' | 'reset';
  readonly reply: 'plain' | 'garbage' | 'flipped';
  readonly twice: boolean;
  readonly honourKey: boolean;
}

const CALM: Faults = { delayMs: 0, refuse: null, after: 'answer', reply: 'plain', twice: false, honourKey: true };

export interface KnobBoard {
  /** Sets the knobs of a place in one go, or with null puts them back. Throws Misuse `bad-request` for knobs that do not exist. */
  set(place: KnobPlace, to: unknown): void;
  /** What goes wrong with this request; counts it. */
  draw(system: string, collection: string, kind: 'effects' | 'reads'): Faults;
}

/** The knobs of all simulated systems, all at rest. */
export function createKnobBoard(): KnobBoard {
  const board = new Map<string, { readonly knobs: Knobs; left: number; readonly dice: () => number }>();
  return {
    set: ({ system, collection }, to) => {
      const place = placeOf(system, collection);
      if (to === null) {
        board.delete(place);
        return;
      }
      const parsed = knobs.safeParse(to);
      if (!parsed.success) throw new Misuse('bad-request', `these are no knobs: ${z.prettifyError(parsed.error)}`);
      board.set(place, { knobs: parsed.data, left: parsed.data.times ?? Infinity, dice: dice(parsed.data.seed ?? 1) });
    },
    draw: (system, collection, kind) => {
      if (board.size === 0) return CALM;
      const place = board.has(placeOf(system, collection)) ? placeOf(system, collection) : placeOf(system);
      const set = board.get(place);
      const on = set?.knobs.on ?? 'effects';
      if (set === undefined || (on !== 'all' && on !== kind)) return CALM;
      if (--set.left === 0) board.delete(place);
      return faultsOf(set.knobs, set.dice);
    },
  };
}

function faultsOf(set: Knobs, roll: () => number): Faults {
  const hit = (rate: Knobs['failRate']): boolean => rate === true || (typeof rate === 'number' && roll() < rate);
  return {
    delayMs: set.delayMs ?? 0,
    refuse: hit(set.failRate) ? { status: 500 } : (set.refuseWith ?? null),
    after: hit(set.doThenHang) ? 'hang' : hit(set.doThen500) ? '500' : hit(set.doThenReset) ? 'reset' : 'answer',
    reply: hit(set.garbage) ? 'garbage' : hit(set.schemaFlip) ? 'flipped' : 'plain',
    twice: hit(set.duplicateReply),
    honourKey: set.honourKey ?? true,
  };
}

function placeOf(system: string, collection?: string): string {
  return collection === undefined ? system : `${system}/${collection}`;
}

/** Mulberry32 (Tommy Ettinger, public domain): small, seedable, good enough for faults. */
function dice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
