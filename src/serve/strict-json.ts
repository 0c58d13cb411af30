import { Misuse } from '../vocabulary/index.ts';

/** Deeper nesting has no canonical form here, see `canonical`. */
const MAX_DEPTH = 64;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Parses what came over the network: JSON by RFC 8259, in UTF-8, and of that only what everyone reads alike (I-JSON, RFC 7493).
 * What two readers may understand differently must not be judged by one of them and carried out by the other.
 *
 * @throws Misuse `bad-json` for what is no JSON, and for: duplicate keys, the key `__proto__`, nesting deeper than 64, lone
 * surrogates, U+0000, and numbers that a double does not hold (too large, or whole numbers beyond 2^53).
 */
export function parseStrictJson(bytes: Uint8Array): unknown {
  const text = decode(bytes);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw bad(oneLine((error as Error).message));
  }
  check(text);
  return value;
}

function decode(bytes: Uint8Array): string {
  try {
    // A byte order mark is kept, and then refused: RFC 8259 section 8.1 forbids to send one.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw bad('it is not UTF-8');
  }
}

/** Walks over text that is known to be JSON. One set of keys for each open object; null for each open array. */
function check(text: string): void {
  const open: (Set<string> | null)[] = [];
  for (let at = 0; at < text.length;) {
    const char = text[at] as string;
    if (char === '"') {
      const end = endOfString(text, at);
      const string = read(text.slice(at, end));
      const keys = open.at(-1);
      if (keys !== null && keys !== undefined && isKey(text, end)) addKey(keys, string);
      at = end;
    } else if (char === '-' || (char >= '0' && char <= '9')) {
      at = endOfNumber(text, at);
    } else {
      if (char === '{' || char === '[') {
        if (open.length >= MAX_DEPTH) throw bad(`it is nested deeper than ${MAX_DEPTH}`);
        open.push(char === '{' ? new Set() : null);
      } else if (char === '}' || char === ']') open.pop();
      at += 1;
    }
  }
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; ; at++) {
    const char = text.charCodeAt(at);
    if (char === BACKSLASH) at += 1;
    else if (char === QUOTE) return at + 1;
  }
}

/** What a quoted string says. Without escapes it cannot hold what is forbidden, as the bytes were UTF-8. */
function read(quoted: string): string {
  if (!quoted.includes('\\')) return quoted.slice(1, -1);
  const string = JSON.parse(quoted) as string;
  if (!string.isWellFormed()) throw bad('it holds a lone surrogate');
  if (string.includes('\u0000')) throw bad('it holds the character U+0000');
  return string;
}

function isKey(text: string, end: number): boolean {
  COLON.lastIndex = end;
  return COLON.test(text);
}
const COLON = /[ \t\r\n]*:/y;

function addKey(keys: Set<string>, key: string): void {
  if (key === '__proto__') throw bad('it holds the key `__proto__`');
  if (keys.has(key)) throw bad(`it holds the key \`${shown(key)}\` twice`);
  keys.add(key);
}

function endOfNumber(text: string, start: number): number {
  NUMBER.lastIndex = start;
  const number = (NUMBER.exec(text) as RegExpExecArray)[0];
  const value = Number(number);
  if (!Number.isFinite(value)) throw bad(`the number \`${shown(number)}\` is too large`);
  if (/^-?\d+$/.test(number) && !Number.isSafeInteger(value)) {
    throw bad(`the whole number \`${shown(number)}\` is beyond 2^53: send it as a string`);
  }
  return NUMBER.lastIndex;
}
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

function shown(text: string): string {
  return oneLine(text.length <= 64 ? text : `${text.slice(0, 64)}…`);
}

/** Cut at 200 characters, without line breaks and other controls, and well-formed also where the cut went through a pair. */
function oneLine(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .slice(0, 200)
    .toWellFormed();
}

function bad(why: string): Misuse {
  return new Misuse('bad-json', `the body is not JSON that is safe to read: ${why}`);
}
