import type { z } from 'zod';
import type { MotionAnswer } from './answers.ts';
import { printable } from './printable.ts';

/** What became of a change that was asked for. */
export function sayMotion({ id, state, says, dueAt, why }: z.infer<typeof MotionAnswer>): readonly string[] {
  if (state === 'carried') return [`it holds: ${printable(says)}`];
  const until = dueAt === null ? '' : ` by ${new Date(dueAt).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return state === 'proposed'
    ? [`waits for a second person${until}: ${printable(says)}`, `as ${id}`]
    : [`${state}: ${printable(says)}${why === '' ? '' : `: ${printable(why)}`}`];
}
