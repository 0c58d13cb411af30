import { z } from 'zod';

/** The parts of the API's answers about people that commands read. */
const Grant = z.looseObject({ tenant: z.string(), role: z.string(), as: z.string().nullable() });
export type GrantAnswer = z.infer<typeof Grant>;
export const PersonAnswer = z.looseObject({
  id: z.string(),
  name: z.string(),
  email: z.string(),
  state: z.string(),
  teams: z.array(z.string()),
  grants: z.array(Grant),
  accounts: z.number(),
  sameAs: z.string().nullable(),
});
export const PeoplePage = z.looseObject({ items: z.array(PersonAnswer), next: z.string().nullable() });
export const MotionSaid = z.looseObject({
  id: z.string(),
  kind: z.string(),
  tenant: z.string(),
  state: z.string(),
  says: z.string(),
  reason: z.string(),
  by: z.string(),
  at: z.string(),
  secondedBy: z.string().nullable(),
  dueAt: z.string().nullable(),
  why: z.string(),
});
export type MotionSaid = z.infer<typeof MotionSaid>;
export const MotionPage = z.looseObject({ items: z.array(MotionSaid), next: z.string().nullable() });
export const LinkAnswer = z.looseObject({ path: z.string() });
export const PersonAdded = z.looseObject({ person: z.string(), motion: MotionSaid, link: LinkAnswer });
export const TokenAnswer = z.looseObject({
  id: z.string(),
  person: z.string(),
  name: z.string(),
  scopes: z.array(z.string()).nullable(),
  state: z.string(),
  expiresAt: z.string(),
  lastUsedAt: z.string().nullable(),
});
export const TokenList = z.looseObject({ items: z.array(TokenAnswer) });
export const NewToken = z.looseObject({ token: TokenAnswer, text: z.string() });
export const Me = z.looseObject({
  person: z.string(),
  name: z.string(),
  teams: z.array(z.string()),
  grants: z.array(Grant),
  via: z.string(),
  scopes: z.array(z.string()).nullable(),
  rights: z.record(z.string(), z.union([z.literal('*'), z.array(z.string())])),
  mode: z.string(),
});
