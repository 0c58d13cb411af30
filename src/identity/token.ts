import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmodSync, closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { GiveUp, messageOf } from '../vocabulary/index.ts';

/** The right to use the API of one installation. */
export interface AccessToken {
  readonly text: string;
  readonly path: string;
  /** True when it was made just now: then people have to be shown it. */
  readonly fresh: boolean;
  /** Compares in constant time. */
  matches(given: string): boolean;
}

/** 256 bits; the prefix lets secret scanners find one that was committed by mistake. */
const TOKEN = /^reeve_[0-9a-f]{64}$/;

/**
 * The token in this file; made, with mode 0600, when there is none. Its folder must exist and be ours alone.
 *
 * @throws GiveUp `bad-config` when the file holds something else or cannot be read or written.
 */
export function openToken(path: string): AccessToken {
  const found = read(path);
  if (found !== null && !TOKEN.test(found)) {
    throw new GiveUp('bad-config', `\`${path}\` holds no access token`, { fix: 'remove it: a new one is made' });
  }
  const text = found ?? make(path);
  const expected = hash(text);
  return { text, path, fresh: found === null, matches: (given) => timingSafeEqual(hash(given), expected) };
}

function read(path: string): string | null {
  try {
    const text = readFileSync(path, 'utf8').trim();
    chmodSync(path, 0o600);
    return text;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return null;
    throw new GiveUp('bad-config', `cannot read the access token: ${messageOf(error)}`, { cause: error });
  }
}

/** Whole or not at all: a crash while writing leaves no half a token. */
function make(path: string): string {
  const text = `reeve_${randomBytes(32).toString('hex')}`;
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const file = openSync(temporary, 'wx', 0o600);
    try {
      writeSync(file, `${text}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    throw new GiveUp('bad-config', `cannot write the access token: ${messageOf(error)}`, { cause: error });
  }
  return text;
}

/** Hashed, so that texts of any length can be compared in constant time. */
function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
