import { z } from 'zod';
import { Email, Grant, isSameGrant, PersonName, showGrant, Team, type Person } from '../../identity/index.ts';
import type { Change } from '../../ledger/index.ts';
import {
  isId,
  Misuse,
  type Clock,
  type Document,
  type Json,
  type PersonId,
  type RoleGrant,
  type TenantId,
} from '../../vocabulary/index.ts';
import { newDocument, revise, type Documents } from '../documents.ts';
import type { MotionKind } from '../motions.ts';
import { PLATFORM } from '../registration.ts';
import {
  activePerson,
  everybody,
  isAdministrator,
  MODE_ID,
  onlyViews,
  personChanged,
  type Mode,
} from './people-rows.ts';

export interface PersonKindsOptions {
  readonly documents: Documents;
  readonly clock: Clock;
  isSingle(): boolean;
  /** People have changed: whoever keeps them in memory reads anew. */
  onChanged(): void;
}

const PersonText = z.string().refine((text) => isId('person', text), 'is no id of a person') as unknown as z.ZodType<
  PersonId,
  string
>;
const Teams = z
  .array(Team)
  .max(50)
  .transform((teams) => [...new Set(teams)].toSorted());

const Added = z.strictObject({
  person: PersonText,
  account: z.string().min(1).max(100),
  name: PersonName,
  email: Email,
  teams: Teams.default([]),
  /** Where they may look. */
  tenants: z.array(z.string().max(100)).max(50).default([]) as unknown as z.ZodType<
    (TenantId | '*')[],
    string[] | undefined
  >,
});
const Granted = z.strictObject({ person: PersonText, grant: Grant });
const OfPerson = z.strictObject({ person: PersonText });
const InTeams = z.strictObject({ person: PersonText, teams: Teams });
const Linked = z.strictObject({ person: PersonText, other: PersonText });

/** For so long a sign-in link that people wanted may be made. */
const LINK_WANTED_MS = 7 * 86_400_000;

/**
 * Changes of people and their rights. What only looks, and what takes away, one administrator may do; whoever decides, and the
 * way in as somebody who is there already, takes two, so that nobody can make a second person of themselves.
 */
export function personKinds(options: PersonKindsOptions): readonly MotionKind[] {
  const { documents, clock, isSingle, onChanged } = options;
  const common = { right: 'people.manage', carried: onChanged } as const;

  const add: MotionKind<z.infer<typeof Added>> = {
    ...common,
    kind: 'person.add',
    schema: Added,
    tenantOf: ({ tenants }) => (tenants.length === 1 && tenants[0] !== undefined ? tenants[0] : '*'),
    says: ({ name, tenants }) => `add ${name}${tenants.length === 0 ? '' : ` as viewer in ${tenants.join(', ')}`}`,
    needsSecond: () => false,
    async carryOut({ person, account, name, email, teams, tenants }, { by }) {
      if ((await documents.find('person', person)) !== null) {
        throw new Misuse('bad-request', `there is a person \`${person}\` already`);
      }
      // Whoever could write down another's address or account would let themselves in, or another out, by it.
      for await (const { content: other } of everybody(documents)) {
        if (other.email === email || other.accounts.includes(account)) {
          throw new Misuse('bad-request', 'somebody has this e-mail address or account already');
        }
      }
      const grants = [...new Set(tenants)].map((tenant): RoleGrant => ({ tenant, role: 'viewer', as: null }));
      const content: Person = {
        name,
        email,
        teams,
        grants,
        accounts: [account],
        sameAs: null,
        since: null,
        link: null,
      };
      return {
        entries: [personChanged(person, 'added', '*', { by: [...by], teams, grants: grants as unknown as Json })],
        documents: [newDocument('person', person, PLATFORM, { state: 'active', content })],
      };
    },
  };

  const grant: MotionKind<z.infer<typeof Granted>> = {
    ...common,
    kind: 'person.grant',
    schema: Granted as unknown as z.ZodType<z.infer<typeof Granted>>,
    tenantOf: (body) => body.grant.tenant,
    says: ({ person, grant: wanted }) => `make ${person} ${showGrant(wanted)}`,
    needsSecond: (body) => body.grant.role !== 'viewer',
    async carryOut({ person: id, grant: wanted }, { id: motion, by }) {
      const person = await activePerson(documents, id);
      const { content } = person;
      if (content.grants.some((one) => isSameGrant(one, wanted))) {
        throw new Misuse('bad-request', `\`${id}\` is ${showGrant(wanted)} already`);
      }
      // Whoever could come in as a mere viewer may be anybody who had their link: whoever decides begins anew.
      const anew = wanted.role !== 'viewer' && onlyViews(person);
      const next: Person = {
        ...content,
        grants: [...content.grants, wanted],
        ...(anew && {
          since: clock.now(),
          link: { motion, by, until: clock.now() + LINK_WANTED_MS },
        }),
      };
      const change: Change = {
        entries: [personChanged(id, 'granted', wanted.tenant, { by: [...by], grant: wanted as unknown as Json, anew })],
        documents: [revise(person, { state: 'active', content: next })],
      };
      const ended = wanted.role === 'administrator' ? await endOfSingle(person, wanted, by) : null;
      return ended === null
        ? change
        : {
            entries: [...change.entries, ...ended.entries],
            documents: [...(change.documents ?? []), ...(ended.documents ?? [])],
            changesLaw: true,
          };
    },
  };

  const revoke: MotionKind<z.infer<typeof Granted>> = {
    ...common,
    kind: 'person.revoke',
    schema: Granted as unknown as z.ZodType<z.infer<typeof Granted>>,
    tenantOf: (body) => body.grant.tenant,
    says: ({ person, grant: gone }) => `make ${person} no longer ${showGrant(gone)}`,
    needsSecond: () => false,
    async carryOut({ person: id, grant: gone }, { by }) {
      const person = await activePerson(documents, id);
      const grants = person.content.grants.filter((one) => !isSameGrant(one, gone));
      if (grants.length === person.content.grants.length) {
        throw new Misuse('bad-request', `\`${id}\` is not ${showGrant(gone)}`);
      }
      const changed = { ...person, content: { ...person.content, grants } };
      return {
        entries: [personChanged(id, 'revoked', gone.tenant, { by: [...by], grant: gone as unknown as Json })],
        documents: [
          revise(person, { state: 'active', content: changed.content }),
          ...(isAdministrator(person) && !isAdministrator(changed) ? await withoutAdministrator(id) : []),
        ],
        // What they approved does not count any more, wherever it stands on its way through the gate.
        changesLaw: true,
      };
    },
  };

  const remove: MotionKind<z.infer<typeof OfPerson>> = {
    ...common,
    kind: 'person.remove',
    schema: OfPerson,
    tenantOf: () => '*',
    says: ({ person }) => `let ${person} in no more`,
    needsSecond: () => false,
    async carryOut({ person: id }, { by }) {
      const person = await activePerson(documents, id);
      const content: Person = { ...person.content, grants: [], link: null };
      return {
        entries: [personChanged(id, 'removed', '*', { by: [...by] })],
        documents: [
          revise(person, { state: 'gone', content }),
          ...(isAdministrator(person) ? await withoutAdministrator(id) : []),
        ],
        changesLaw: true,
      };
    },
  };

  const teams: MotionKind<z.infer<typeof InTeams>> = {
    ...common,
    kind: 'person.teams',
    schema: InTeams as unknown as z.ZodType<z.infer<typeof InTeams>>,
    tenantOf: () => '*',
    says: (body) => `put ${body.person} into ${body.teams.length === 0 ? 'no team' : body.teams.join(', ')}`,
    // Whoever leaves a team may from then on approve what its agents want.
    needsSecond: () => true,
    async carryOut({ person: id, teams: next }, { by }) {
      const person = await activePerson(documents, id);
      return {
        entries: [personChanged(id, 'teams', '*', { by: [...by], teams: next })],
        documents: [revise(person, { state: 'active', content: { ...person.content, teams: next } })],
      };
    },
  };

  const link: MotionKind<z.infer<typeof Linked>> = {
    ...common,
    kind: 'person.link',
    schema: Linked,
    tenantOf: () => '*',
    says: ({ person, other }) => `count ${other} as the same human as ${person}, with the rights of ${person}`,
    needsSecond: () => true,
    async carryOut({ person: id, other: otherId }, { by }) {
      if (id === otherId) throw new Misuse('bad-request', 'these are the same person already');
      const person = await activePerson(documents, id);
      const other = await activePerson(documents, otherId);
      const accounts = [...person.content.accounts, ...other.content.accounts];
      return {
        entries: [personChanged(id, 'linked', '*', { by: [...by], other: otherId })],
        documents: [
          revise(person, { state: 'active', content: { ...person.content, accounts } }),
          revise(other, {
            state: 'linked',
            content: { ...other.content, accounts: [], grants: [], sameAs: id, link: null },
          }),
          ...(isAdministrator(other) ? await withoutAdministrator(otherId) : []),
        ],
        changesLaw: true,
      };
    },
  };

  const signInLink: MotionKind<z.infer<typeof OfPerson>> = {
    ...common,
    kind: 'person.sign-in-link',
    schema: OfPerson,
    tenantOf: () => '*',
    says: ({ person }) => `make a link by which ${person} signs in, and whoever has it`,
    // For somebody who only views it gives no more than adding another one would.
    needsSecond: async ({ person }) => !onlyViews(await activePerson(documents, person)),
    async carryOut({ person: id }, { id: motion, by }) {
      const person = await activePerson(documents, id);
      const wanted = { motion, by, until: clock.now() + LINK_WANTED_MS };
      return {
        entries: [personChanged(id, 'sign-in-link-wanted', '*', { by: [...by] })],
        documents: [revise(person, { state: 'active', content: { ...person.content, link: wanted } })],
      };
    },
  };

  return [add, grant, revoke, remove, teams, link, signInLink] as unknown as readonly MotionKind[];

  /** The change that ends the single-operator mode, for good, when this person becomes its second administrator. */
  async function endOfSingle(
    person: Document<Person>,
    wanted: RoleGrant,
    by: readonly PersonId[],
  ): Promise<Pick<Change, 'entries' | 'documents'> | null> {
    const mode = await documents.find<Mode>('mode', MODE_ID);
    if (mode?.content.single !== true || person.content.grants.some(({ role }) => role === 'administrator'))
      return null;
    if (wanted.tenant !== '*') {
      throw new Misuse('bad-request', 'the second administrator is one of the whole installation', {
        fix: 'make one with the tenant `*` first: from then on every change has somebody to second it',
      });
    }
    const body = { single: false, by: [...by], secondAdministrator: person.id };
    return {
      entries: [{ kind: 'mode.changed', tenant: PLATFORM, run: null, agent: null, body }],
      documents: [revise(mode, { state: 'in-force', content: { single: false } })],
    };
  }

  /**
   * Without one of the last two administrators no change would find a second person again, and without the last nobody could
   * change anything. The mode is written anew, so that two who take one away each cannot both succeed.
   */
  async function withoutAdministrator(gone: PersonId) {
    const least = isSingle() ? 1 : 2;
    let left = 0;
    for await (const person of everybody(documents)) if (person.id !== gone && isAdministrator(person)) left += 1;
    if (left < least) {
      const who = least === 1 ? 'the only administrator' : 'one of the last two administrators';
      throw new Misuse('bad-request', `\`${gone}\` is ${who}`, { fix: 'make another one first' });
    }
    const mode = await documents.find<Mode>('mode', MODE_ID);
    return mode === null ? [] : [revise(mode, { state: mode.state, content: mode.content })];
  }
}
