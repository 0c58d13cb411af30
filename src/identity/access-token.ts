import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { derivedId, type Document, type Id, type PersonId, type Right } from '../vocabulary/index.ts';

/** A token by which a person's programs come in, as a document of the kind `token` holds it: never the token itself. */
export interface TokenOnRecord {
  readonly person: PersonId;
  readonly name: string;
  /** SHA-256 of the token, hex. */
  readonly hash: string;
  /** Null: all that its person may. */
  readonly scopes: readonly Right[] | null;
  /** Milliseconds since the epoch. */
  readonly madeAt: number;
  readonly expiresAt: number;
}
export type TokenId = Id<'token'>;

/** 256 bits; the prefix lets secret scanners find one that was committed by mistake. */
const TOKEN = /^reeve_[0-9a-f]{64}$/;
export const LONGEST_LIFE_MS = 366 * 86_400_000;

export function newTokenText(): string {
  return `reeve_${randomBytes(32).toString('hex')}`;
}

export function isTokenText(text: string): boolean {
  return TOKEN.test(text);
}

/** Follows from the token, so that it is found by its id; nobody finds the token from it. */
export function tokenIdOf(text: string): TokenId {
  return derivedId('token', hashOf(text));
}

/** SHA-256, hex. A token is chance of 256 bits: there is nothing to guess, so it needs no salt and no slow hash. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Whether a document is of this token and it holds at `now`. */
export function holds({ state, content }: Document<TokenOnRecord>, text: string, now: number): boolean {
  const isIt = timingSafeEqual(Buffer.from(hashOf(text), 'hex'), Buffer.from(content.hash, 'hex'));
  return isIt && state === 'in-force' && now < content.expiresAt;
}
