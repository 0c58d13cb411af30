import type { Law } from '../../govern/index.ts';
import type { MotionKind } from '../motions.ts';
import { putFirstPersonOnRecord } from './first-person.ts';
import { createPeople, type People, type PeopleOptions } from './people.ts';
import { personKinds } from './person-kinds.ts';

/**
 * People, as the rest of the fabric is put together with them; at the first start there is one afterwards.
 *
 * @param first account of that one; null makes nobody: then nobody can come in.
 */
export async function startPeople(
  options: PeopleOptions & { isSingle(): boolean },
  first: { readonly account: string | null; readonly law: Law },
): Promise<{ readonly people: People; readonly kinds: readonly MotionKind[] }> {
  if (first.account !== null) await putFirstPersonOnRecord(options, first.account, approverNamesOf(first.law));
  return { people: createPeople(options), kinds: personKinds(options) };
}

/** Everybody whom the policies and their rules may ask. */
function approverNamesOf({ policies, rules }: Law): readonly string[] {
  const asked = [...policies.values()].flatMap(({ approval }) => (approval === null ? [] : [approval.role]));
  const ruled = Object.values(rules.rules).flatMap(({ stages, escalate }) => [
    ...stages.flatMap(({ of }) => of),
    ...escalate.map(({ to }) => to),
  ]);
  return [...new Set([...asked, ...ruled])].filter((name) => name !== '').toSorted();
}
