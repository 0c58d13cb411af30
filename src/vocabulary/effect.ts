/**
 * What a tool promises about being called twice (docs/effects.md). Each tool declares one, and every guarantee is stated
 * per class:
 *
 * - `E0` only reads: calling again is harmless.
 * - `E1` honours our idempotency key: calling again with the same key changes nothing.
 * - `E2` can be asked later, by our reference, whether it did it.
 * - `E3` neither: if we do not know, only a person can find out.
 */
export const EFFECT_CLASSES = ['E0', 'E1', 'E2', 'E3'] as const;
export type EffectClass = (typeof EFFECT_CLASSES)[number];

/** Where an effect stands. `intent` is on record before the world is touched. */
export const EFFECT_STATES = [
  'intent',
  'done',
  'failed',
  'unknown',
  'refused',
  'waiting',
  'compensated',
  'compensation-failed',
] as const;
export type EffectState = (typeof EFFECT_STATES)[number];

/** What may follow what. Whatever is not in this table does not happen. */
export const EFFECT_TRANSITIONS = {
  intent: ['done', 'failed', 'unknown'],
  unknown: ['done', 'failed'],
  waiting: ['intent', 'refused'],
  done: ['compensated', 'compensation-failed'],
  failed: [],
  refused: [],
  compensated: [],
  'compensation-failed': [],
} as const satisfies Record<EffectState, readonly EffectState[]>;
