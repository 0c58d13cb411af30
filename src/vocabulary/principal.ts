import type { PersonId, TenantId } from './ids.ts';

/** What a person may be, in one tenant or (`*`) in all. An approver also bears the name under which policies ask for them. */
export const ROLES = ['viewer', 'approver', 'policy-author', 'operator', 'auditor', 'administrator'] as const;
export type Role = (typeof ROLES)[number];

/**
 * Everything that somebody may be allowed to do; each API route and CLI command asks for exactly one. Alphabetical; `docs/rights.md`
 * lists them with the routes.
 */
export const RIGHTS = [
  'approvals.answer',
  'approvals.delegate',
  'approvers.read',
  'autonomy.change',
  'autonomy.lower',
  'break-glass.open',
  'budgets.change',
  'events.send',
  'incidents.report',
  'ledger.export',
  'people.manage',
  'policies.draft',
  'policies.enforce',
  'record.read',
  'reviews.answer',
  'self',
  'stop',
  'stop.lift',
  'webhooks.manage',
] as const;
export type Right = (typeof RIGHTS)[number];

const OF_ALL: readonly Right[] = ['record.read', 'self'];

/** INVARIANT (rights-are-a-table): what a role may do is said here and nowhere else. */
export const RIGHTS_OF = {
  viewer: OF_ALL,
  approver: [...OF_ALL, 'approvals.answer', 'approvals.delegate', 'reviews.answer', 'break-glass.open'],
  'policy-author': [...OF_ALL, 'policies.draft'],
  operator: [...OF_ALL, 'events.send', 'stop', 'stop.lift', 'incidents.report', 'autonomy.lower', 'webhooks.manage'],
  auditor: [...OF_ALL, 'approvers.read', 'ledger.export'],
  administrator: [
    ...OF_ALL,
    'approvers.read',
    'autonomy.change',
    'autonomy.lower',
    'budgets.change',
    'events.send',
    'incidents.report',
    'ledger.export',
    'people.manage',
    'policies.draft',
    'policies.enforce',
    'stop',
    'stop.lift',
    'webhooks.manage',
  ],
} as const satisfies Record<Role, readonly Right[]>;

/** A role that somebody has. `*` stands for every tenant of the installation and for the installation itself. */
export interface RoleGrant {
  readonly tenant: TenantId | '*';
  readonly role: Role;
  /** For an approver: the name that policies and rules ask for, such as `finance-controller`. Null for the other roles. */
  readonly as: string | null;
}

/** Who asks for something: always a person, by whatever door they came. */
export interface Principal {
  readonly person: PersonId;
  readonly name: string;
  /** Teams they belong to; an agent's owner is a team. */
  readonly teams: readonly string[];
  readonly grants: readonly RoleGrant[];
  readonly via: 'session' | 'token';
  /** A token may do less than its person; null: all that the person may. */
  readonly scopes: readonly Right[] | null;
  /** Of the session or token, for the record; never the secret itself. */
  readonly credential: string;
}

/** Whether somebody has a right in a tenant; `*` asks for the installation as a whole. */
export function may(principal: Principal, right: Right, tenant: TenantId | '*'): boolean {
  if (principal.scopes !== null && !principal.scopes.includes(right)) return false;
  return principal.grants.some(
    (grant) =>
      (grant.tenant === '*' || grant.tenant === tenant) && (RIGHTS_OF[grant.role] as readonly Right[]).includes(right),
  );
}

/** Tenants in which somebody has a right; `*` when in all. */
export function tenantsOf(principal: Principal, right: Right): '*' | readonly TenantId[] {
  if (may(principal, right, '*')) return '*';
  const named = principal.grants.flatMap(({ tenant }) =>
    tenant !== '*' && may(principal, right, tenant) ? [tenant] : [],
  );
  return [...new Set(named)];
}

/** The approver names that somebody bears in a tenant. */
export function approverNames({ grants }: Pick<Principal, 'grants'>, tenant: TenantId): readonly string[] {
  const names = grants.flatMap(({ role, as, ...grant }) =>
    role === 'approver' && as !== null && (grant.tenant === '*' || grant.tenant === tenant) ? [as] : [],
  );
  return [...new Set(names)];
}
