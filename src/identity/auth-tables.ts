import { boolean, pgSchema, text, timestamp } from 'drizzle-orm/pg-core';

/** Better Auth's tables in our words (`account` is its `user`, `credential` its `account`); the migration 0002 makes them. */
const identity = pgSchema('reeve_identity');
const time = (name: string) => timestamp(name, { withTimezone: true });
const times = { createdAt: time('created_at').notNull(), updatedAt: time('updated_at').notNull() };

export const account = identity.table('account', {
  id: text().primaryKey(),
  person: text().notNull(),
  name: text().notNull(),
  email: text().notNull().unique(),
  emailVerified: boolean('email_verified').notNull(),
  image: text(),
  ...times,
});

export const session = identity.table('session', {
  id: text().primaryKey(),
  token: text().notNull().unique(),
  userId: text('account').notNull(),
  expiresAt: time('expires_at').notNull(),
  ipAddress: text('ip_address'),
  userAgent: text('user_agent'),
  ...times,
});

export const credential = identity.table('credential', {
  id: text().primaryKey(),
  userId: text('account').notNull(),
  providerId: text('provider').notNull(),
  accountId: text('account_at_provider').notNull(),
  accessToken: text('access_token'),
  refreshToken: text('refresh_token'),
  idToken: text('id_token'),
  accessTokenExpiresAt: time('access_token_expires_at'),
  refreshTokenExpiresAt: time('refresh_token_expires_at'),
  scope: text(),
  password: text(),
  ...times,
});

export const verification = identity.table('verification', {
  id: text().primaryKey(),
  identifier: text().notNull(),
  value: text().notNull(),
  expiresAt: time('expires_at').notNull(),
  ...times,
});
