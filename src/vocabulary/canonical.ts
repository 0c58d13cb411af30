import { createHash } from 'node:crypto';
import { Misuse } from './fault.ts';

/** Anything that has a canonical form: I-JSON (RFC 7493) values with plain objects and dense arrays. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** SHA-256 of canonical bytes, written `sha256:` and 64 lower-case hex digits. */
export type Digest = `sha256:${string}`;

const MAX_DEPTH = 64;
/** Key that changes an object's prototype when assigned; never data. */
const FORBIDDEN_KEY = '__proto__';

/**
 * The canonical JSON text of a value by RFC 8785 (JSON Canonicalization Scheme): keys sorted by UTF-16 code units, numbers
 * as ECMAScript prints them, no white space. Members that are `undefined` are left out, as `JSON.stringify` does.
 *
 * @throws Misuse `not-canonical` for what has no such form: NaN and infinities, bigint, functions, lone surrogates, U+0000
 * (PostgreSQL's jsonb has no place for it), cycles or nesting deeper than 64, the key `__proto__`, and class instances.
 */
export function canonical(value: unknown): string {
  return write(value, 0);
}

/** Digest of a value's canonical text. Throws as {@link canonical} does. */
export function digest(value: unknown): Digest {
  return digestText(canonical(value));
}

/** Digest of text that already is canonical, or of bytes as they came. */
export function digestText(text: string | Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

function write(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return writeString(value);
    case 'number':
      if (!Number.isFinite(value)) throw notCanonical(`the number \`${value}\``);
      return JSON.stringify(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      if (depth >= MAX_DEPTH) throw notCanonical(`nesting deeper than ${MAX_DEPTH}`);
      return Array.isArray(value) ? writeArray(value, depth) : writeObject(value, depth);
    default:
      throw notCanonical(`a ${typeof value}`);
  }
}

function writeArray(items: readonly unknown[], depth: number): string {
  let out = '[';
  for (let i = 0; i < items.length; i++) {
    if (!(i in items)) throw notCanonical('an array with holes');
    out += (i === 0 ? '' : ',') + write(items[i], depth + 1);
  }
  return out + ']';
}

function writeObject(value: object, depth: number): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw notCanonical('an object that is not plain');
  let out = '{';
  const members = value as Record<string, unknown>;
  for (const key of Object.keys(value).sort()) {
    if (key === FORBIDDEN_KEY) throw notCanonical('the key `__proto__`');
    const member = members[key];
    if (member === undefined) continue;
    out += (out.length === 1 ? '' : ',') + writeString(key) + ':' + write(member, depth + 1);
  }
  return out + '}';
}

function writeString(text: string): string {
  if (!text.isWellFormed()) throw notCanonical('a lone surrogate');
  if (text.includes('\u0000')) throw notCanonical('the character U+0000');
  return JSON.stringify(text);
}

function notCanonical(what: string): Misuse {
  return new Misuse('not-canonical', `${what} has no canonical form`);
}
