import {
  hashOf,
  LOCAL_ADMINISTRATOR,
  LONGEST_LIFE_MS,
  newTokenText,
  tokenIdOf,
  type Person,
  type TokenOnRecord,
} from '../../identity/index.ts';
import { Conflict, type Change, type LedgerWriter } from '../../ledger/index.ts';
import {
  may,
  Misuse,
  type Clock,
  type Document,
  type EntryDraft,
  type Json,
  type PersonId,
  type Principal,
  type Right,
} from '../../vocabulary/index.ts';
import { newDocument, revise, type Documents } from '../documents.ts';
import { PLATFORM } from '../registration.ts';
import { activePerson, personChanged } from './people-rows.ts';

/** What people do about themselves, or what takes away: on record, without a second person. The rest are motions. */
export interface People {
  /**
   * A token for whoever asks: it may at most what they may now, and lives at most a year, or as long as the token that asks.
   *
   * @returns the token itself, which nobody can see again.
   * @throws Misuse `bad-request`, `forbidden` for a scope that they do not have themselves.
   */
  makeToken(
    by: Principal,
    wish: TokenWish,
  ): Promise<{ readonly text: string; readonly token: Document<TokenOnRecord> }>;
  /** One's own, or with `people.manage` anybody's. Throws Misuse `not-found`, also for what is another's. */
  revokeToken(by: Principal, id: string): Promise<Document<TokenOnRecord>>;
  /** Tokens of one person, or of all, newest first, 1,000 at most. */
  tokens(person: PersonId | null): Promise<readonly Document<TokenOnRecord>[]>;
  /**
   * Notes that whoever asks may now be given a sign-in link for this person: for themselves, or once when a motion of theirs
   * was carried.
   *
   * @returns the person. @throws Misuse `forbidden`, `not-found`, `needs-second-person`.
   */
  useLink(by: Principal, person: PersonId): Promise<Document<Person>>;
  /** The local administrator's token holds for another year, unless it was revoked: true when it holds. */
  keepInstallationToken(text: string): Promise<boolean>;
}

export interface TokenWish {
  readonly name: string;
  readonly scopes: readonly Right[] | null;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export interface PeopleOptions {
  readonly documents: Documents;
  readonly writer: LedgerWriter;
  readonly clock: Clock;
  /** People or tokens have changed. */
  onChanged(): void;
}

/** More than one list of them is good for. */
const MOST_TOKENS = 1_000;
/** Each renewal is an entry: not at every start. */
const RENEWED_AFTER_MS = 30 * 86_400_000;

export function createPeople({ documents, writer, clock, onChanged }: PeopleOptions): People {
  return {
    async makeToken(by, { name, scopes, expiresAt }) {
      const now = clock.now();
      if (expiresAt <= now || expiresAt > now + LONGEST_LIFE_MS) {
        throw new Misuse('bad-request', 'a token lives for at most a year, and ends later than now');
      }
      if (by.via === 'token') {
        const own = await documents.find<TokenOnRecord>('token', by.credential);
        if (own !== null && expiresAt > own.content.expiresAt) {
          throw new Misuse('forbidden', 'a token makes none that outlives it');
        }
      }
      const wanted = scopes ?? by.scopes;
      const excess = (scopes ?? []).find((right) => !hasAnywhere(by, right));
      if (excess !== undefined) throw new Misuse('forbidden', `a token may not more than you: not \`${excess}\``);
      const text = newTokenText();
      const content = { person: by.person, name, hash: hashOf(text), scopes: wanted, madeAt: now, expiresAt };
      const row = newDocument<TokenOnRecord>('token', tokenIdOf(text), PLATFORM, { state: 'in-force', content });
      await append({ entries: [tokenChanged(row.id, content, 'made', by.person)], documents: [row] });
      return { text, token: { ...row, kind: 'token', dueAt: null, content } };
    },
    async revokeToken(by, id) {
      const token = await documents.find<TokenOnRecord>('token', id);
      const isOwn = token?.content.person === by.person;
      if (token === null || !(isOwn || may(by, 'people.manage', '*'))) {
        throw new Misuse('not-found', `there is no token \`${id}\``);
      }
      if (token.state === 'revoked') return token;
      const row = revise(token, { state: 'revoked', content: token.content });
      await append({ entries: [tokenChanged(id, token.content, 'revoked', by.person)], documents: [row] });
      return { ...token, rev: row.rev, state: 'revoked' };
    },
    async tokens(person) {
      const found: Document<TokenOnRecord>[] = [];
      for (let after = ''; found.length < MOST_TOKENS;) {
        const page = await documents.list<TokenOnRecord>('token', { after });
        found.push(...page.filter(({ content }) => person === null || content.person === person));
        const last = page.at(-1);
        if (last === undefined) break;
        after = last.id;
      }
      return found.toSorted((a, b) => b.content.madeAt - a.content.madeAt).slice(0, MOST_TOKENS);
    },
    async useLink(by, id) {
      if (by.person === id) {
        // A token of few rights would otherwise open a session with all of them.
        if (by.scopes !== null) throw new Misuse('forbidden', 'a token of some rights only opens no session');
        const person = await activePerson(documents, id);
        await append({ entries: [personChanged(id, 'sign-in-link', '*', { by: [by.person], for: 'oneself' })] });
        return person;
      }
      if (!may(by, 'people.manage', '*')) throw new Misuse('forbidden', 'this needs the right `people.manage`');
      const person = await activePerson(documents, id);
      const { link } = person.content;
      if (link === null || clock.now() > link.until || !link.by.includes(by.person)) {
        throw new Misuse(
          'needs-second-person',
          'a link for somebody else is wanted by two people, and made by one of them',
          {
            fix: `propose it: \`reeve person sign-in-link ${id} --reason ...\``,
          },
        );
      }
      await append({
        entries: [personChanged(id, 'sign-in-link', '*', { by: [by.person], motion: link.motion })],
        documents: [revise(person, { state: 'active', content: { ...person.content, link: null } })],
      });
      return person;
    },
    async keepInstallationToken(text) {
      const expiresAt = clock.now() + LONGEST_LIFE_MS - 86_400_000;
      const id = tokenIdOf(text);
      const found = await documents.find<TokenOnRecord>('token', id);
      if (found?.state === 'revoked') return false;
      if (found !== null && found.content.expiresAt > expiresAt - RENEWED_AFTER_MS) return true;
      const content: TokenOnRecord = found?.content ?? {
        person: LOCAL_ADMINISTRATOR,
        name: 'installation',
        hash: hashOf(text),
        scopes: null,
        madeAt: clock.now(),
        expiresAt,
      };
      const revision = { state: 'in-force', content: { ...content, expiresAt } };
      await append({
        entries: [tokenChanged(id, revision.content, found === null ? 'made' : 'renewed', null)],
        documents: [found === null ? newDocument('token', id, PLATFORM, revision) : revise(found, revision)],
      });
      return true;
    },
  };

  async function append(change: Change): Promise<void> {
    try {
      await writer.append(change);
    } catch (error) {
      if (!(error instanceof Conflict) || error.on !== 'rev') throw error;
      throw new Misuse('changed-meanwhile', 'somebody else has changed this meanwhile: look again');
    }
    onChanged();
  }
}

function hasAnywhere(by: Principal, right: Right): boolean {
  return may(by, right, '*') || by.grants.some(({ tenant }) => may(by, right, tenant));
}

function tokenChanged(token: string, content: TokenOnRecord, what: string, by: PersonId | null): EntryDraft {
  const { person, name, scopes, expiresAt } = content;
  const body: Json = { token, what, person, name, scopes, expiresAt: new Date(expiresAt).toISOString(), by };
  return { kind: 'token.changed', tenant: PLATFORM, run: null, agent: null, body };
}
