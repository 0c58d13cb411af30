/**
 * Who may come in: people and what they may do, their accounts and sessions (Better Auth, locked down), their access tokens,
 * and who is behind a credential.
 *
 * Owns: the schema `reeve_identity` (accounts, sessions, credentials), the files `token` and `session-secret` of the data
 * folder. People and tokens are documents: `fabric` changes them, on record. Called by `fabric`, `serve`, `cli` and
 * `platform.ts`. It imports `vocabulary` only.
 *
 * INVARIANT (token-never-leaks): the installation's token is in its file (mode 0600) and with who was shown it. No token,
 * password, cookie or link is in a log, an entry, an answer but the one that gives it, or in clear in the database.
 */
export { hashOf, LONGEST_LIFE_MS, newTokenText, tokenIdOf, type TokenId, type TokenOnRecord } from './access-token.ts';
export { createDoorkeeper, type Doorkeeper, type DoorkeeperOptions } from './doorkeeper.ts';
export {
  Email,
  Grant,
  grantsOfFirst,
  isSameGrant,
  LOCAL_ADMINISTRATOR,
  LOCAL_EMAIL,
  LOCAL_NAME,
  PersonName,
  principalOf,
  showGrant,
  Team,
  type Person,
} from './person.ts';
export { openCheckKey, openSessionSecret, openToken, type SecretFile } from './secret-file.ts';
export { createSignIn, type Cookies, type SessionOnRecord, type SignIn, type SignInOptions } from './sign-in.ts';
export { createStopKeeper, type Entrance, type StopKeeper } from './stop-keeper.ts';
export { lastUses, noteUse } from './token-use.ts';
