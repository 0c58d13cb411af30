import type { BetterAuthOptions } from 'better-auth';
import { betterAuth } from 'better-auth/minimal';
import { drizzleAdapter } from 'better-auth/adapters/drizzle';
import { magicLink } from 'better-auth/plugins/magic-link';
import { drizzle } from 'drizzle-orm/node-postgres';
import type { Pool } from 'pg';
import { messageOf, Misuse, type PersonId } from '../vocabulary/index.ts';
import { hashOf } from './access-token.ts';
import { createAttempts } from './attempts.ts';
import * as tables from './auth-tables.ts';
import { hashingSessions } from './hashed-sessions.ts';
import { checkPassword, LONGEST_PASSWORD, SHORTEST_PASSWORD } from './password.ts';

/** Accounts that people sign in with, and their sessions: Better Auth, with nothing open that is not named here. */
export interface SignIn {
  /** The account with this e-mail address for this person; made when there is none. Throws Misuse `bad-request` when it is somebody else's. */
  accountFor(person: PersonId, name: string, email: string): Promise<string>;
  /**
   * What a sign-in link holds: good once, for 15 minutes. Throws Misuse `bad-request` when the account with this address is not
   * this person's: whoever wrote the address down would come in as somebody else.
   */
  makeLink(person: PersonId, email: string): Promise<string>;
  /** All throw Misuse `unauthorized` when it is not right, RetryLater `too-many-attempts`. They return cookies to set. */
  byLink(secret: string, headers: Headers): Promise<Cookies>;
  byPassword(email: string, password: string, headers: Headers): Promise<Cookies>;
  out(headers: Headers): Promise<Cookies>;
  /** Sets a password, or another one; then the old one is needed. Throws Misuse `bad-request` for one that is too weak. */
  setPassword(wish: { readonly next: string; readonly current: string | null }, headers: Headers): Promise<Cookies>;
  /** Who signed in, by the cookies of a request. */
  sessionOf(headers: Headers): Promise<SessionOnRecord | null>;
  /** Ends all sessions of these accounts and takes their passwords away: the next way in is a link. */
  beginAnew(accounts: readonly string[]): Promise<void>;
}

/** Values of `set-cookie`. */
export type Cookies = readonly string[];

export interface SessionOnRecord {
  readonly id: string;
  readonly account: string;
  readonly person: PersonId;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

export interface SignInOptions {
  readonly pool: Pool;
  /** Cookies are signed with it. */
  readonly secret: string;
  now(): number;
}

export const COOKIE = 'reeve.session_token';
export const LINK_LIFE_MS = 15 * 60_000;
/** A working day: longer ones are better stolen than lived. */
const SESSION_LIFE_SECONDS = 12 * 3_600;
const GUESSES = { most: 5, withinMs: 5 * 60_000 };
/** Of all accounts together: each guess costs a tenth of a second of CPU. */
const GUESSES_IN_ALL = { most: 30, withinMs: 60_000 };

export function createSignIn({ pool, secret, now }: SignInOptions): SignIn {
  const database = drizzleAdapter(drizzle(pool, { schema: tables }), {
    provider: 'pg',
    // By Better Auth's names: its user is our account, its account our credential.
    schema: {
      user: tables.account,
      session: tables.session,
      account: tables.credential,
      verification: tables.verification,
    },
    transaction: true,
  });
  const auth = betterAuth({
    appName: 'Reeve',
    baseURL: 'http://127.0.0.1',
    basePath: '/v1/auth',
    secret,
    database: (options: unknown) => hashingSessions(database(options as BetterAuthOptions)),
    user: {
      additionalFields: { person: { type: 'string', required: true, input: false } },
    },
    account: { accountLinking: { enabled: false } },
    session: { expiresIn: SESSION_LIFE_SECONDS, disableSessionRefresh: true, cookieCache: { enabled: false } },
    verification: { storeIdentifier: 'hashed' },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      autoSignIn: false,
      minPasswordLength: SHORTEST_PASSWORD,
      maxPasswordLength: LONGEST_PASSWORD,
    },
    plugins: [
      magicLink({
        expiresIn: LINK_LIFE_MS / 1_000,
        disableSignUp: true,
        storeToken: 'hashed',
        sendMagicLink({ token, metadata }) {
          (metadata as { give(token: string): void }).give(token);
        },
      }),
    ],
    advanced: {
      cookiePrefix: 'reeve',
      useSecureCookies: false,
      defaultCookieAttributes: { httpOnly: true, sameSite: 'strict', path: '/' },
      ipAddress: { disableIpTracking: true },
    },
    // Its router is mounted nowhere, so its limits would count nothing: ours are here and in the doorkeeper.
    rateLimit: { enabled: false },
    logger: { disabled: true },
    telemetry: { enabled: false },
  });
  const guesses = createAttempts({ ...GUESSES, now });
  const guessesInAll = createAttempts({ ...GUESSES_IN_ALL, now });

  let line: Promise<unknown> = Promise.resolve();
  /** One after the other: a password costs a tenth of a second of CPU, which the work of agents needs too. */
  function inLine<T>(work: () => Promise<T>): Promise<T> {
    const done = line.then(work);
    line = done.catch(() => undefined);
    return done;
  }

  /** Counts what fails; `key` is what was tried. */
  async function limited<T>(key: string, attempt: () => Promise<T>): Promise<T> {
    // Counted before it is tried, so that many at once are no way around it.
    const held = guesses.count(key);
    const heldInAll = guessesInAll.count('all');
    const result = await inLine(attempt);
    held();
    heldInAll();
    return result;
  }

  return {
    async accountFor(person, name, email) {
      const { internalAdapter } = await auth.$context;
      const found = await internalAdapter.findUserByEmail(email);
      if (found !== null) {
        if ((found.user as { person?: unknown }).person === person) return found.user.id;
        throw new Misuse('bad-request', 'somebody has this e-mail address already');
      }
      const made = await internalAdapter.createUser(
        { name, email, emailVerified: true, person } as Parameters<typeof internalAdapter.createUser>[0],
        { method: 'admin' } as Parameters<typeof internalAdapter.createUser>[1],
      );
      return made.id;
    },
    async makeLink(person, email) {
      const { internalAdapter } = await auth.$context;
      const found = await internalAdapter.findUserByEmail(email);
      if ((found?.user as { person?: unknown } | undefined)?.person !== person) {
        throw new Misuse('bad-request', 'the account with this e-mail address is not this person’s');
      }
      let made = '';
      const give = (token: string) => void (made = token);
      await auth.api.signInMagicLink({ body: { email, metadata: { give } }, headers: new Headers() });
      return made;
    },
    byLink: (link, headers) =>
      // What a link holds cannot be guessed: each is counted for itself, and all together.
      limited(`link ${hashOf(link)}`, async () => {
        const answer = await refusing('this link does not hold (any more)', () =>
          auth.api.magicLinkVerify({ query: { token: link }, headers: plain(headers), returnHeaders: true }),
        );
        return answer.headers.getSetCookie();
      }),
    byPassword: (email, password, headers) =>
      limited(`password ${email}`, async () => {
        const answer = await refusing('e-mail address or password is not right', () =>
          auth.api.signInEmail({ body: { email, password }, headers: plain(headers), returnHeaders: true }),
        );
        return answer.headers.getSetCookie();
      }),
    async out(headers) {
      const { headers: answered } = await auth.api.signOut({ headers, returnHeaders: true });
      return answered.getSetCookie();
    },
    async setPassword({ next, current }, headers) {
      const found = await auth.api.getSession({ headers });
      if (found === null) throw new Misuse('unauthorized', 'a password is set by whoever has signed in');
      checkPassword(next, [found.user.email, found.user.name]);
      if (current === null) {
        await refusing('there is a password already: send it as `current`', () =>
          auth.api.setPassword({ body: { newPassword: next }, headers }),
        );
        return [];
      }
      return limited(`password ${found.user.email}`, async () => {
        const answer = await refusing('the password that holds now is another', () =>
          auth.api.changePassword({
            body: { newPassword: next, currentPassword: current, revokeOtherSessions: true },
            headers,
            returnHeaders: true,
          }),
        );
        return answer.headers.getSetCookie();
      });
    },
    async sessionOf(headers) {
      const found = await auth.api.getSession({ headers });
      if (found === null) return null;
      const { session, user } = found as typeof found & { user: { person: PersonId } };
      return { id: session.id, account: user.id, person: user.person, createdAt: session.createdAt.getTime() };
    },
    async beginAnew(accounts) {
      const { internalAdapter } = await auth.$context;
      for (const account of accounts) {
        await internalAdapter.deleteAccounts(account);
        await internalAdapter.deleteUserSessions(account);
      }
    },
  };
}

/** Whoever signs in is nobody yet: cookies that came along are not looked at. */
function plain(headers: Headers): Headers {
  const agent = headers.get('user-agent');
  return new Headers(agent === null ? {} : { 'user-agent': agent.slice(0, 200) });
}

/** Better Auth refuses by errors of its own, which say too much or redirect; what is no refusal goes on as it is. */
async function refusing<T>(why: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const status = (cause as { statusCode?: unknown }).statusCode;
    if (typeof status !== 'number' || status >= 500) throw cause;
    // The cause is not handed on: its message may hold what was sent.
    throw new Misuse('unauthorized', why, { cause: new Error(messageOf(cause).slice(0, 100)) });
  }
}
