import { randomBytes } from 'node:crypto';
import { chmodSync, closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { GiveUp, messageOf } from '../vocabulary/index.ts';
import { isTokenText, newTokenText } from './access-token.ts';

/** The secret in a file of the data folder, and whether it was made just now. */
export interface SecretFile {
  readonly text: string;
  readonly path: string;
  readonly fresh: boolean;
}

/** The local administrator's access token: whoever may read the data folder may use it. Throws GiveUp `bad-config`. */
export function openToken(path: string): SecretFile {
  return openSecretFile(path, isTokenText, newTokenText);
}

/** What session cookies are signed with. Throws GiveUp `bad-config`. */
export function openSessionSecret(path: string): string {
  return openSecretFile(
    path,
    (text) => /^[0-9a-f]{64}$/.test(text),
    () => randomBytes(32).toString('hex'),
  ).text;
}

/** What decides which requests bring a check for approvers. Throws GiveUp `bad-config`. */
export function openCheckKey(path: string): string {
  return openSessionSecret(path);
}

/**
 * The secret in this file; made, with mode 0600, when there is none. Its folder must exist and be ours alone.
 *
 * @throws GiveUp `bad-config` when the file holds something else or cannot be read or written.
 */
function openSecretFile(path: string, is: (text: string) => boolean, make: () => string): SecretFile {
  const found = read(path);
  if (found !== null && !is(found)) {
    throw new GiveUp('bad-config', `\`${path}\` does not hold what it should`, { fix: 'remove it: a new one is made' });
  }
  if (found !== null) return { text: found, path, fresh: false };
  const text = make();
  write(path, text);
  return { text, path, fresh: true };
}

function read(path: string): string | null {
  try {
    const text = readFileSync(path, 'utf8').trim();
    chmodSync(path, 0o600);
    return text;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return null;
    throw new GiveUp('bad-config', `cannot read the secret: ${messageOf(error)}`, { cause: error });
  }
}

/** Whole or not at all: a crash while writing leaves no half a secret. */
function write(path: string, text: string): void {
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
    throw new GiveUp('bad-config', `cannot write the secret: ${messageOf(error)}`, { cause: error });
  }
}
