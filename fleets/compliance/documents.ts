import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Trust } from './units.ts';

const Document = z.object({
  kind: z.enum(['policies', 'narratives', 'procedures']),
  file: z.string(),
  name: z.string(),
  /** Id of a procedure. */
  procedure: z.string().optional(),
  /** Trust services criteria that it satisfies. */
  satisfies: z.array(z.string()),
  written: z.boolean(),
});
type Document = z.infer<typeof Document>;

let register: readonly Document[] | undefined;

/** The internal policies, narratives and procedures, read when first asked for. */
export function documents(): readonly Document[] {
  register ??= readFileSync(new URL('./data/procedures.jsonl', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => Document.parse(JSON.parse(line)));
  return register;
}

/** Documents of one owner that satisfy one of these criteria or are one of these procedures. */
export function documentsConcerned(
  trust: Trust,
  concerned: { readonly criteria: readonly string[]; readonly procedures: readonly string[] },
): readonly Document[] {
  const criteria = concerned.criteria.filter((criterion) => answersFor(trust, criterion));
  return documents().filter(
    ({ satisfies, procedure }) =>
      satisfies.some((criterion) => criteria.includes(criterion)) ||
      (procedure !== undefined && trust.procedures.includes(procedure) && concerned.procedures.includes(procedure)),
  );
}

/** `CC6.1` is the security owner's. */
export function answersFor({ criteria }: Trust, criterion: string): boolean {
  return criteria.some((beginning) => criterion.startsWith(beginning));
}
