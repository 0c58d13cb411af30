import { z } from 'zod';
import {
  derivedId,
  ROLES,
  type Document,
  type MotionId,
  type PersonId,
  type Principal,
  type Right,
  type RoleGrant,
  type TenantId,
} from '../vocabulary/index.ts';

/** Somebody with roles, as a document of the kind `person` holds them. States: `active`, `gone`, `linked` (see `sameAs`). */
export interface Person {
  readonly name: string;
  readonly email: string;
  /** An agent's owner is a team: who is in it does not approve what its agents want. */
  readonly teams: readonly string[];
  readonly grants: readonly RoleGrant[];
  /** Accounts that they sign in with. */
  readonly accounts: readonly string[];
  /** The person that this one turned out to be: votes and rights are counted there. */
  readonly sameAs: PersonId | null;
  /** Sessions and tokens of before then do not hold. Milliseconds since the epoch. */
  readonly since: number | null;
  /** A sign-in link that people wanted, to be made once, by one of them. */
  readonly link: { readonly motion: MotionId; readonly by: readonly PersonId[]; readonly until: number } | null;
}

/** The person that a first start makes: always this one, so that a start which broke off finds what it made. */
export const LOCAL_ADMINISTRATOR: PersonId = derivedId('person', 'local-administrator');
export const LOCAL_NAME = 'local administrator';
export const LOCAL_EMAIL = 'administrator@localhost.localdomain';

const Name = z
  .string()
  .max(100)
  .regex(/^[a-z0-9][a-z0-9._-]*$/, 'a name is lower-case letters, digits, dots and dashes');
const Tenant = z.union([z.literal('*'), Name]) as unknown as z.ZodType<TenantId | '*', string>;

/** A role, where, and for an approver as what. */
export const Grant = z
  .strictObject({ tenant: Tenant, role: z.enum(ROLES), as: Name.nullable().default(null) })
  .refine(
    ({ role, as }) => (role === 'approver') === (as !== null),
    'an approver, and nobody else, has a name to approve by',
  );
export const Team = Name;
export const Email = z.email().max(200).toLowerCase();
/** Of a person, as it is shown: one line. */
export const PersonName = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^[^\p{C}\p{Zl}\p{Zp}<>]*$/u, 'a name is one line of letters');

/** What the first person may do: as the only one there is, everything, and to answer to every name that policies ask for. */
export function grantsOfFirst(approverNames: readonly string[]): readonly RoleGrant[] {
  const roles = (['administrator', 'operator', 'policy-author', 'auditor'] as const).map((role): RoleGrant => ({
    tenant: '*',
    role,
    as: null,
  }));
  return [...roles, ...new Set(approverNames)].map((one) =>
    typeof one === 'string' ? { tenant: '*', role: 'approver', as: one } : one,
  );
}

export function isSameGrant(one: RoleGrant, other: RoleGrant): boolean {
  return one.tenant === other.tenant && one.role === other.role && one.as === other.as;
}

/** As in ``approver `treasury` in `north` ``. */
export function showGrant({ role, as, tenant }: RoleGrant): string {
  return `${role}${as === null ? '' : ` \`${as}\``} ${tenant === '*' ? 'everywhere' : `in \`${tenant}\``}`;
}

/** Who asks, when this person does. Null unless they are active. */
export function principalOf(
  { id, state, content: { name, teams, grants } }: Document<Person>,
  by: { readonly via: Principal['via']; readonly scopes: readonly Right[] | null; readonly credential: string },
): Principal | null {
  return state === 'active' ? { person: id as PersonId, name, teams, grants, ...by } : null;
}
