import { z } from '@hono/zod-openapi';
import { PersonName, type TokenOnRecord } from '../identity/index.ts';
import { may, Misuse, type Document } from '../vocabulary/index.ts';
import type { ApiDeps } from './deps.ts';
import { endpoint, type Endpoint } from './endpoint.ts';
import { RightText } from './me.ts';
import { PersonIdText, Time, TokenIdText } from './shapes.ts';

const TokenShape = z
  .object({
    id: TokenIdText,
    person: PersonIdText,
    name: z.string(),
    scopes: z.array(RightText).nullable().openapi({ description: 'null: all that its person may' }),
    state: z.enum(['in-force', 'revoked', 'expired']),
    madeAt: Time,
    expiresAt: Time,
    lastUsedAt: Time.nullable().openapi({ description: 'to the minute' }),
  })
  .openapi('Token');
const NewToken = z
  .object({ token: TokenShape, text: z.string().openapi({ description: 'the token itself: it is not shown again' }) })
  .openapi('NewToken');

const TokenWish = z
  .strictObject({
    name: PersonName.describe('what it is for'),
    scopes: z.array(RightText).max(50).nullable().default(null),
    days: z.int().min(1).max(365).default(90),
  })
  .openapi('TokenWish');

const DAY_MS = 86_400_000;

/** What programs come in with. */
export function tokenEndpoints({ fabric, lastUses, now }: ApiDeps): readonly Endpoint[] {
  const shown = async (tokens: readonly Document<TokenOnRecord>[]): Promise<z.input<typeof TokenShape>[]> => {
    const uses = await lastUses(tokens.map(({ id }) => id));
    return tokens.map((token) => tokenShown(token, uses.get(token.id) ?? null, now()));
  };
  return [
    endpoint({
      method: 'get',
      path: '/v1/tokens',
      tag: 'people',
      right: 'self',
      summary: 'Your access tokens; with `all=true` everybody’s, for administrators',
      query: z.strictObject({ all: z.enum(['true', 'false']).default('false') }),
      answers: {
        200: { description: 'Tokens', schema: z.object({ items: z.array(TokenShape) }).openapi('TokenList') },
      },
      async handle({ query: { all }, principal }) {
        if (all === 'true' && !may(principal, 'people.manage', '*')) {
          throw new Misuse('forbidden', 'this needs the right `people.manage`');
        }
        const tokens = await fabric.people.tokens(all === 'true' ? null : principal.person);
        return { status: 200, body: { items: await shown(tokens) } };
      },
    }),
    endpoint({
      method: 'post',
      path: '/v1/tokens',
      tag: 'people',
      right: 'self',
      summary: 'Make an access token for yourself',
      description: 'It may what you may, or less; for a year at most. The token is in the answer, once.',
      body: TokenWish,
      answers: { 201: { description: 'The token', schema: NewToken } },
      problems: { 413: 'The body is too large', 415: 'Not JSON' },
      async handle({ body: { name, scopes, days }, principal }) {
        const made = await fabric.people.makeToken(principal, { name, scopes, expiresAt: now() + days * DAY_MS });
        return { status: 201, body: { token: tokenShown(made.token, null, now()), text: made.text } };
      },
    }),
    endpoint({
      method: 'post',
      path: '/v1/tokens/{id}/revoke',
      tag: 'people',
      right: 'self',
      summary: 'Revoke a token, for good',
      description:
        'Your own; an administrator can revoke anybody’s. It holds here at once, elsewhere within five seconds.',
      params: z.object({ id: TokenIdText }),
      answers: { 200: { description: 'It is revoked', schema: TokenShape } },
      problems: { 404: 'No such token of yours' },
      async handle({ params: { id }, principal }) {
        const [token] = await shown([await fabric.people.revokeToken(principal, id)]);
        return { status: 200, body: token as z.input<typeof TokenShape> };
      },
    }),
  ];
}

function tokenShown(
  { id, state, content }: Document<TokenOnRecord>,
  lastUse: number | null,
  now: number,
): z.input<typeof TokenShape> {
  const { person, name, scopes, madeAt, expiresAt } = content;
  return {
    id,
    person,
    name,
    scopes: scopes === null ? null : [...scopes],
    state: state === 'revoked' ? 'revoked' : now < expiresAt ? 'in-force' : 'expired',
    madeAt: new Date(madeAt).toISOString(),
    expiresAt: new Date(expiresAt).toISOString(),
    lastUsedAt: lastUse === null ? null : new Date(lastUse).toISOString(),
  };
}
