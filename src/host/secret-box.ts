import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { GiveUp, messageOf } from '../vocabulary/index.ts';
import { writeDurably } from './write-durably.ts';

/** Keeps short secrets that we have to use again, so that whoever reads the database alone cannot read them. */
export interface SecretBox {
  /** Not twice the same for the same text. `about` must be given again to open it: it cannot be put in another's place. */
  seal(text: string, about: string): string;
  /** @throws GiveUp `bad-config` when it was sealed with another key, about something else, or was changed since. */
  open(sealed: string, about: string): string;
}

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Opens the box whose key is in this file; makes the key, with mode 0600, when there is none.
 *
 * @throws GiveUp `bad-config` when the file holds something else or cannot be read or written.
 */
export async function openSecretBox(path: string): Promise<SecretBox> {
  const key = await keyIn(path);
  return {
    seal(text, about) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(about));
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64');
    },
    open(sealed, about) {
      const bytes = Buffer.from(sealed, 'base64');
      try {
        const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
          .setAAD(Buffer.from(about))
          .setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
        return decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)).toString('utf8') + decipher.final('utf8');
      } catch (cause) {
        throw new GiveUp('bad-config', 'a secret cannot be opened with the key of this data folder', {
          cause,
          fix: 'restore `keys/secrets` from the backup that belongs to this database, or make the secret anew',
        });
      }
    },
  };
}

async function keyIn(path: string): Promise<Buffer> {
  try {
    const found = readFileSync(path);
    chmodSync(path, 0o600);
    if (found.length === KEY_BYTES) return found;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return made(path);
    throw new GiveUp('bad-config', `cannot read the key \`${path}\`: ${messageOf(error)}`, { cause: error });
  }
  throw new GiveUp('bad-config', `\`${path}\` holds no key`, { fix: 'restore it from a backup' });
}

async function made(path: string): Promise<Buffer> {
  const key = randomBytes(KEY_BYTES);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  await writeDurably(path, key);
  return key;
}
