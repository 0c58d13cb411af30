import { moment } from './humane.ts';
import type { Paint } from './paint.ts';
import type { GrantAnswer, MotionSaid } from './people-answers.ts';
import { printable } from './printable.ts';

/** As in `approver treasury in north`. */
export function sayGrant({ role, as, tenant }: GrantAnswer): string {
  return `${role}${as === null ? '' : ` ${as}`} ${tenant === '*' ? 'everywhere' : `in ${printable(tenant)}`}`;
}

/** What became of a change that was asked for, or where it stands. */
export function sayChange({ id, state, says, dueAt, why }: MotionSaid, paint: Paint): readonly string[] {
  if (state === 'carried') return [`${paint.good('it holds')}: ${printable(says)}`];
  if (state !== 'proposed') return [`${state}: ${printable(says)}${why === '' ? '' : ` (${printable(why)})`}`];
  return [
    `${paint.warn('waits')}: ${printable(says)}`,
    `until ${dueAt === null ? 'somebody settles it' : `${moment(dueAt)} UTC`}; a second person says \`reeve motion second ${id}\``,
  ];
}
