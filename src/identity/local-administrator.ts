import { derivedId, type PersonId, type Principal, type RoleGrant } from '../vocabulary/index.ts';
import type { AccessToken } from './token.ts';

/** The person that a first start makes: always this one, so that a start which broke off finds what it made. */
export const LOCAL_ADMINISTRATOR: PersonId = derivedId('person', 'local-administrator');

/** What the local administrator may do: as the only person there is, everything. */
export function localGrants(approverNames: readonly string[]): readonly RoleGrant[] {
  const everywhere = (['administrator', 'operator', 'policy-author', 'auditor'] as const).map((role): RoleGrant => ({
    tenant: '*',
    role,
    as: null,
  }));
  return [...everywhere, ...approverNames.map((as): RoleGrant => ({ tenant: '*', role: 'approver', as }))];
}

/** Whoever holds the installation's token is its local administrator. */
export function byInstallationToken(token: AccessToken, approverNames: readonly string[]) {
  const principal: Principal = {
    person: LOCAL_ADMINISTRATOR,
    name: 'local administrator',
    teams: ['everyone'],
    grants: localGrants(approverNames),
    via: 'token',
    scopes: null,
    credential: 'installation',
  };
  return { ofToken: (text: string) => Promise.resolve(token.matches(text) ? principal : null) };
}
