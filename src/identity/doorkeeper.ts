import { messageOf, type Document, type DocumentKind, type PersonId, type Principal } from '../vocabulary/index.ts';
import { hashOf, holds, isTokenText, tokenIdOf, type TokenId, type TokenOnRecord } from './access-token.ts';
import { createAttempts } from './attempts.ts';
import { principalOf, type Person } from './person.ts';
import { COOKIE, type SignIn } from './sign-in.ts';

/** Says who is behind a credential. */
export interface Doorkeeper {
  /** Null when nobody is: unknown, expired, revoked. Throws RetryLater `too-many-attempts`. */
  ofToken(text: string): Promise<Principal | null>;
  /** By the cookies of a request. */
  ofSession(headers: Headers): Promise<Principal | null>;
  /** Forgets whom it knows: after people, their rights or tokens have changed. */
  forget(): void;
}

export interface DoorkeeperOptions {
  /** A document as it stands. */
  find<D>(kind: DocumentKind, id: string): Promise<Document<D> | null>;
  readonly signIn: Pick<SignIn, 'sessionOf'>;
  /** A token was used. */
  onUse(token: TokenId, now: number): Promise<void>;
  onTrouble(what: string): void;
  now(): number;
}

/** For so long somebody who was let in is known: what other processes revoke holds here at the latest after this. */
const KNOWN_MS = 5_000;
const MOST_KNOWN = 10_000;
/** Wrong tokens that are put up with, of all callers together: ten a second, for a while. */
const WRONG = { most: 100, withinMs: 10_000 };
const USE_NOTED_EVERY_MS = 60_000;
const MOST_LINKS = 10;

export function createDoorkeeper(options: DoorkeeperOptions): Doorkeeper {
  const { find, signIn, now } = options;
  const known = new Map<string, { readonly principal: Principal; readonly until: number }>();
  const noted = new Map<TokenId, number>();
  const wrong = createAttempts({ ...WRONG, now });
  /** Counts what was forgotten: what was asked for before that is not kept. */
  let forgotten = 0;

  async function knownOr(key: string, ask: () => Promise<Principal | null>): Promise<Principal | null> {
    const found = known.get(key);
    if (found !== undefined && now() < found.until) return found.principal;
    const before = forgotten;
    const principal = await ask();
    if (principal === null || before !== forgotten) return principal;
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(key, { principal, until: now() + KNOWN_MS });
    return principal;
  }

  function noteUse(token: TokenId): void {
    const at = now();
    if (at - (noted.get(token) ?? -USE_NOTED_EVERY_MS) < USE_NOTED_EVERY_MS) return;
    if (noted.size >= MOST_KNOWN) noted.clear();
    noted.set(token, at);
    options.onUse(token, at).catch((error: unknown) => options.onTrouble(`noting a token's use: ${messageOf(error)}`));
  }

  return {
    async ofToken(text) {
      const principal = await knownOr(`token ${hashOf(text)}`, async () => {
        const right = isTokenText(text) ? await byToken(text) : null;
        // A right one is let in however many wrong ones came before it.
        if (right === null) wrong.count('token');
        return right;
      });
      if (principal !== null) noteUse(principal.credential as TokenId);
      return principal;
    },
    async ofSession(headers) {
      const cookie = cookieOf(headers);
      if (cookie === null) return null;
      return knownOr(`session ${hashOf(cookie)}`, async () => {
        const session = await signIn.sessionOf(headers);
        if (session === null) return null;
        const person = await activePerson(session.person);
        if (!person?.content.accounts.includes(session.account)) return null;
        if (session.createdAt < (person.content.since ?? 0)) return null;
        return principalOf(person, { via: 'session', scopes: null, credential: session.id });
      });
    },
    forget() {
      forgotten += 1;
      known.clear();
    },
  };

  async function byToken(text: string): Promise<Principal | null> {
    const token = await find<TokenOnRecord>('token', tokenIdOf(text));
    if (token === null || !holds(token, text, now())) return null;
    const { person, scopes, madeAt } = token.content;
    const of = await find<Person>('person', person);
    return of === null || madeAt < (of.content.since ?? 0)
      ? null
      : principalOf(of, { via: 'token', scopes, credential: token.id });
  }

  /** Whose account it is now: somebody who turned out to be the same as another comes in as that one. */
  async function activePerson(id: PersonId): Promise<Document<Person> | null> {
    let person = await find<Person>('person', id);
    for (let links = 0; links < MOST_LINKS && person !== null && person.content.sameAs !== null; links++) {
      person = await find<Person>('person', person.content.sameAs);
    }
    return person;
  }
}

/** The session's cookie, to know it by; Better Auth reads and checks it. */
function cookieOf(headers: Headers): string | null {
  const [, value] =
    new RegExp(`(?:^|;\\s*)${COOKIE.replace('.', '\\.')}=([^;]+)`).exec(headers.get('cookie') ?? '') ?? [];
  return value ?? null;
}
