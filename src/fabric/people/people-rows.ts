import { isSameGrant, type Person } from '../../identity/index.ts';
import {
  Misuse,
  type Document,
  type EntryDraft,
  type Json,
  type PersonId,
  type TenantId,
} from '../../vocabulary/index.ts';
import type { Documents } from '../documents.ts';
import { PLATFORM } from '../registration.ts';

/** Whether one person runs this installation: the document `installation` of the kind `mode`. */
export interface Mode {
  readonly single: boolean;
}
export const MODE_ID = 'installation';

/** Who is active. Throws Misuse `not-found` for whoever is not, or was linked to another. */
export async function activePerson(documents: Pick<Documents, 'find'>, id: PersonId): Promise<Document<Person>> {
  const person = await documents.find<Person>('person', id);
  if (person?.state === 'active') return person;
  throw new Misuse('not-found', `there is no person \`${id}\``);
}

/** Everybody who is active, a page after the other. */
export async function* everybody(documents: Pick<Documents, 'list'>): AsyncGenerator<Document<Person>> {
  for (let after = ''; ;) {
    const page = await documents.list<Person>('person', { state: 'active', after });
    yield* page;
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}

export function isAdministrator({ content: { grants } }: Document<Person>): boolean {
  return grants.some((grant) => isSameGrant(grant, { tenant: '*', role: 'administrator', as: null }));
}

/** Sees at most: what they do needs no second person, and whoever comes in as them gains nothing. */
export function onlyViews({ content: { grants } }: Document<Person>): boolean {
  return grants.every(({ role }) => role === 'viewer');
}

/** Names and addresses stay in the document, which can be emptied; the entry, which cannot, has the id. */
export function personChanged(
  person: PersonId,
  what: string,
  tenant: TenantId | '*',
  body: Record<string, Json>,
): EntryDraft {
  const where = tenant === '*' ? PLATFORM : tenant;
  return { kind: 'person.changed', tenant: where, run: null, agent: null, body: { person, what, ...body } };
}
