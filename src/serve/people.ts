import { z } from '@hono/zod-openapi';
import { Email, PersonName, Team, type Person } from '../identity/index.ts';
import { Misuse, newId, type Document, type PersonId } from '../vocabulary/index.ts';
import type { ApiDeps } from './deps.ts';
import { endpoint, type Endpoint } from './endpoint.ts';
import { checkRight, covers, type Tenants } from './guard.ts';
import { GrantShape, grantShown } from './me.ts';
import { MotionShape, motionShown } from './motions.ts';
import { LINK_PATH } from './session.ts';
import { Limit, pageOf, PersonIdText, TenantName } from './shapes.ts';

const PersonShape = z
  .object({
    id: PersonIdText,
    name: z.string(),
    email: z.string(),
    state: z.enum(['active', 'gone', 'linked']),
    teams: z.array(z.string()),
    grants: z.array(GrantShape),
    accounts: z.int().openapi({ description: 'how many accounts they sign in with' }),
    sameAs: PersonIdText.nullable().openapi({ description: 'the person that this one turned out to be' }),
  })
  .openapi('Person');

const PersonWish = z
  .strictObject({
    name: PersonName,
    email: Email,
    teams: z.array(Team).max(50).default([]),
    tenants: z
      .array(z.union([z.literal('*'), TenantName]))
      .max(50)
      .default([])
      .openapi({ description: 'where they may look; other roles are motions of the kind `person.grant`' }),
    reason: z.string().trim().min(1).max(500),
  })
  .openapi('PersonWish');

const LinkShape = z
  .object({ path: z.string().openapi({ description: 'once, within 15 minutes, for whoever opens it first' }) })
  .openapi('SignInLinkAnswer');

/** People. What takes a second person is a motion (`person.grant` and others). */
export function peopleEndpoints({ fabric, signIn }: ApiDeps): readonly Endpoint[] {
  const linkFor = async (person: PersonId, email: string) => ({
    path: `${LINK_PATH}#${await signIn.makeLink(person, email)}`,
  });
  const visible = async (id: PersonId, tenants: Tenants): Promise<Document<Person>> => {
    const person = await fabric.documents.find<Person>('person', id);
    if (person !== null && isWithin(person, tenants)) return person;
    throw new Misuse('not-found', `there is no person \`${id}\``);
  };
  return [
    endpoint({
      method: 'get',
      path: '/v1/people',
      tag: 'people',
      right: 'people.manage',
      summary: 'People and their roles',
      query: z.strictObject({ cursor: PersonIdText.optional(), limit: Limit }),
      answers: { 200: { description: 'A page of people', schema: pageOf(PersonShape).openapi('PersonPage') } },
      async handle({ query: { cursor, limit }, tenants }) {
        const items: z.input<typeof PersonShape>[] = [];
        let more = true;
        for (let after = cursor ?? ''; more && items.length <= limit;) {
          const page = await fabric.documents.list<Person>('person', { after, most: 200 });
          for (const person of page) if (isWithin(person, tenants)) items.push(personShown(person, tenants));
          after = page.at(-1)?.id ?? after;
          more = page.length === 200;
        }
        const shown = items.slice(0, limit);
        return { status: 200, body: { items: shown, next: items.length > limit ? (shown.at(-1)?.id ?? null) : null } };
      },
    }),
    endpoint({
      method: 'get',
      path: '/v1/people/{id}',
      tag: 'people',
      right: 'people.manage',
      summary: 'A person and their roles',
      params: z.object({ id: PersonIdText }),
      answers: { 200: { description: 'The person', schema: PersonShape } },
      problems: { 404: 'No such person' },
      handle: async ({ params: { id }, tenants }) => ({
        status: 200,
        body: personShown(await visible(id, tenants), tenants),
      }),
    }),
    endpoint({
      method: 'post',
      path: '/v1/people',
      tag: 'people',
      right: 'people.manage',
      summary: 'Add a person who may look',
      description:
        'One administrator may. The answer holds a link by which the person signs in, once, within 15 minutes.',
      tenantOf: ({ body: { tenants } }) => (tenants.length === 1 ? (tenants[0] ?? '*') : '*'),
      body: PersonWish,
      answers: {
        201: {
          description: 'The person is there',
          schema: z.object({ person: PersonIdText, motion: MotionShape, link: LinkShape }).openapi('PersonAdded'),
        },
      },
      problems: { 413: 'The body is too large', 415: 'Not JSON' },
      async handle({ body: { name, email, teams, tenants, reason }, principal }) {
        const person = newId('person');
        const account = await signIn.accountFor(person, name, email);
        const wanted = { person, account, name, email, teams, tenants };
        const motion = await fabric.motions.propose(principal, 'person.add', wanted, reason);
        return { status: 201, body: { person, motion: motionShown(motion), link: await linkFor(person, email) } };
      },
    }),
    endpoint({
      method: 'post',
      path: '/v1/people/{id}/sign-in-link',
      tag: 'people',
      right: 'self',
      summary: 'A sign-in link: for yourself, or for somebody that a motion of yours is about',
      description:
        'For somebody else a motion of the kind `person.sign-in-link` or `person.grant` comes first, and this once.',
      params: z.object({ id: PersonIdText }),
      answers: { 201: { description: 'The link', schema: LinkShape } },
      problems: { 404: 'No such person', 409: 'Nobody has wanted it together with you' },
      async handle({ params: { id }, principal }) {
        if (principal.person !== id) await visible(id, checkRight(principal, 'people.manage', null));
        const { content } = await fabric.people.useLink(principal, id);
        // Whoever could come in before cannot: the link is the only way.
        if (principal.person !== id) await signIn.beginAnew(content.accounts);
        return { status: 201, body: await linkFor(id, content.email) };
      },
    }),
  ];
}

/** For an administrator of some tenants: whoever has a role there. */
function isWithin({ content: { grants } }: Document<Person>, tenants: Tenants): boolean {
  return tenants === '*' || grants.some(({ tenant }) => tenant !== '*' && covers(tenants, tenant));
}

function personShown({ id, state, content }: Document<Person>, tenants: Tenants): z.input<typeof PersonShape> {
  const { name, email, teams, grants, accounts, sameAs } = content;
  return {
    id,
    name,
    email,
    state: state as 'active',
    teams: [...teams],
    grants: grants.filter(({ tenant }) => tenant === '*' || covers(tenants, tenant)).map(grantShown),
    accounts: accounts.length,
    sameAs,
  };
}
