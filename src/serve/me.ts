import { z } from '@hono/zod-openapi';
import { RIGHTS, ROLES, tenantsOf, type RoleGrant } from '../vocabulary/index.ts';
import type { ApiDeps } from './deps.ts';
import { endpoint, type Endpoint } from './endpoint.ts';
import { PersonIdText } from './shapes.ts';

export const RightText = z.enum(RIGHTS);
export const GrantShape = z
  .object({
    tenant: z.string().openapi({ description: '`*`: everywhere, and the installation itself' }),
    role: z.enum(ROLES),
    as: z.string().nullable().openapi({ description: 'for an approver: the name that policies ask for' }),
  })
  .openapi('Grant');

const Me = z
  .object({
    person: PersonIdText,
    name: z.string(),
    teams: z.array(z.string()),
    grants: z.array(GrantShape),
    via: z.enum(['session', 'token']),
    scopes: z.array(RightText).nullable().openapi({ description: 'rights that the token is limited to; null: none' }),
    rights: z
      .partialRecord(RightText, z.union([z.literal('*'), z.array(z.string())]))
      .openapi({ description: 'by right, where you have it now' }),
    mode: z.enum(['single-operator', 'several']).openapi({ description: 'whether one person runs this installation' }),
  })
  .openapi('Me');

/** Who one is, for whoever asks. */
export function meEndpoints({ fabric }: ApiDeps): readonly Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: '/v1/me',
      tag: 'people',
      right: 'self',
      summary: 'Who you are, and what you may do where',
      answers: { 200: { description: 'You', schema: Me } },
      handle({ principal }) {
        const { person, name, teams, grants, via, scopes } = principal;
        const rights = RIGHTS.map((right) => [right, tenantsOf(principal, right)] as const).filter(
          ([, where]) => where.length > 0,
        );
        return {
          status: 200,
          body: {
            person,
            name,
            teams: [...teams],
            grants: grants.map(grantShown),
            via,
            scopes: scopes === null ? null : [...scopes],
            rights: Object.fromEntries(rights.map(([right, where]) => [right, where === '*' ? '*' : [...where]])),
            mode: fabric.isSingle() ? ('single-operator' as const) : ('several' as const),
          },
        };
      },
    }),
  ];
}

export function grantShown({ tenant, role, as }: RoleGrant): z.input<typeof GrantShape> {
  return { tenant, role, as };
}
