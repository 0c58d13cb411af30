import type { z } from 'zod';
import { Misuse } from '../vocabulary/index.ts';

/** A place between two things of a list, as text that people need not understand. */
export function writeCursor(place: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/** Throws Misuse `bad-request` for what is no cursor of this list. */
export function readCursor<T>(text: string, schema: z.ZodType<T>): T {
  let place: unknown;
  try {
    place = JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    place = undefined;
  }
  const parsed = schema.safeParse(place);
  if (parsed.success) return parsed.data;
  throw new Misuse('bad-request', '`cursor` is no cursor of this list', {
    fix: 'use `next` of the page before, unchanged',
  });
}

/**
 * Cuts what was read into a page: one more than `limit` was asked for, to see whether there is more.
 *
 * @param place of the last item on the page.
 */
export function page<R, T>(
  rows: readonly R[],
  limit: number,
  place: (row: R) => readonly (string | number)[],
  show: (row: R) => T,
): { items: T[]; next: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const next = rows.length > limit && last !== undefined ? writeCursor(place(last)) : null;
  return { items: shown.map(show), next };
}
