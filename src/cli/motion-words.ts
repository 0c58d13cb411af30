import { printable } from './printable.ts';

/** What the API says of a change that somebody wants. */
interface Motion {
  readonly id: string;
  readonly state: string;
  readonly says: string;
  /** RFC 3339, or milliseconds since the epoch. */
  readonly dueAt: string | number | null;
  readonly why: string;
}

/** What became of a change that was asked for. */
export function sayMotion({ id, state, says, dueAt, why }: Motion): readonly string[] {
  if (state === 'carried') return [`it holds: ${printable(says)}`];
  const until = dueAt === null ? '' : ` by ${new Date(dueAt).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return state === 'proposed'
    ? [`waits for a second person${until}: ${printable(says)}`, `to second it: reeve motion second ${id}`]
    : [`${state}: ${printable(says)}${why === '' ? '' : `: ${printable(why)}`}`];
}
