/**
 * Who may come in. So far one access token for the whole installation; people, roles and sign-on will live here.
 *
 * Owns: the token's file in the data folder. Called by `platform.ts` and `cli`. Imports `vocabulary` only.
 *
 * INVARIANT (token-never-leaks): the token is in its file (mode 0600) and with who was shown it; it is in no log, entry or
 * answer, and comparing it takes the same time however much of it is right.
 */
export { byInstallationToken, LOCAL_ADMINISTRATOR, localGrants } from './local-administrator.ts';
export { openToken, type AccessToken } from './token.ts';
