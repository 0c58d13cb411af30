import { randomBytes } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GiveUp } from '../vocabulary/index.ts';
import { newSigner, readSignerKey, type NoteSigner } from './signed-note.ts';

export interface LogKeyOptions {
  /** Folder of keys, outside the database: whoever can rewrite the record must not be able to sign it. */
  readonly dir: string;
  /** True when the record holds entries or checkpoints: then a key must be there already. */
  readonly logExists: boolean;
  /** Name of the log; only for the first start. Default: unique to this installation. */
  readonly origin?: string;
}

/**
 * The log's signing key: `ledger.key` (mode 0600) with its public half `ledger.pub` beside it. Made at the first start.
 *
 * @throws GiveUp `bad-config` when the record exists and the key does not (a new key would make the old checkpoints
 * unverifiable in silence), when the key file is unreadable or open to others, or when `ledger.pub` is another key's.
 */
export async function openLogKey({ dir, logExists, origin }: LogKeyOptions): Promise<NoteSigner> {
  const path = join(dir, 'ledger.key');
  const text = await readIfThere(path);
  if (text === null) {
    if (logExists) {
      throw new GiveUp('bad-config', `the ledger has entries but its signing key \`${path}\` is missing`, {
        fix: 'put the key back from a backup; without it the log cannot be continued under its name',
      });
    }
    return makeKey(dir, path, origin ?? `reeve.invalid/ledger-${randomBytes(8).toString('hex')}`);
  }
  const { mode } = await stat(path);
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new GiveUp('bad-config', `others may read the signing key \`${path}\``, { fix: `chmod 600 ${path}` });
  }
  const signer = readSignerKey(text.trimEnd());
  if (signer === null) throw new GiveUp('bad-config', `\`${path}\` is no signing key`);
  await keepPublicHalf(dir, signer);
  return signer;
}

async function makeKey(dir: string, path: string, origin: string): Promise<NoteSigner> {
  if (!/^[^+\s]+$/.test(origin))
    throw new GiveUp('bad-config', `\`${origin}\` cannot name a log: white space or \`+\``);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await chmod(dir, 0o700);
  const signer = newSigner(origin);
  const draft = `${path}.${randomBytes(4).toString('hex')}`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(`${signer.skey}\n`);
    await file.sync();
    // A link, not a rename: of two platforms starting at once, one must fail rather than both sign.
    await link(draft, path).catch((error: unknown) => {
      throw new GiveUp('bad-config', `another platform is making \`${path}\` right now`, { cause: error });
    });
  } finally {
    await file.close();
    await rm(draft, { force: true });
  }
  await syncDir(dir);
  await keepPublicHalf(dir, signer);
  return signer;
}

async function keepPublicHalf(dir: string, signer: NoteSigner): Promise<void> {
  const path = join(dir, 'ledger.pub');
  const known = await readIfThere(path);
  if (known === null) return writeFile(path, `${signer.vkey}\n`, { mode: 0o644 });
  if (known.trimEnd() === signer.vkey) return;
  throw new GiveUp('bad-config', `\`${path}\` is not the public half of \`ledger.key\``, {
    fix: 'put back the key that belongs to this ledger',
  });
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new GiveUp('bad-config', `cannot read \`${path}\``, { cause: error });
  }
}

async function syncDir(dir: string): Promise<void> {
  const handle = await open(dir, 'r');
  await handle.sync().finally(() => handle.close());
}
