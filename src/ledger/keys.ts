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
export function openLogKey({ dir, logExists, origin }: LogKeyOptions): Promise<NoteSigner> {
  return openKey(dir, 'ledger', origin ?? newName('ledger'), () => {
    if (!logExists) return null;
    return {
      why: 'the ledger has entries but its signing key is missing',
      fix: 'put the key back from a backup; without it the log cannot be continued under its name',
    };
  });
}

/**
 * The key that policies are signed with before they are enforced: `policies.key` with `policies.pub` beside it, outside the
 * database, so that whoever can rewrite the record cannot make a law of it. Made at the first start.
 *
 * @throws GiveUp `bad-config` when policies were signed and the key is not there, and as {@link openLogKey}.
 */
export function openPolicyKey({
  dir,
  signed,
}: {
  readonly dir: string;
  readonly signed: boolean;
}): Promise<NoteSigner> {
  return openKey(dir, 'policies', newName('policies'), () => {
    if (!signed) return null;
    return {
      why: 'the policies in force are signed but the key for it is missing',
      fix: 'put `policies.key` back from a backup; without it nobody can tell whether these policies were enforced by people',
    };
  });
}

function newName(what: string): string {
  return `reeve.invalid/${what}-${randomBytes(8).toString('hex')}`;
}

/** @param whyNot says why a key that is missing may not be made anew; null when it may. */
async function openKey(
  dir: string,
  file: string,
  name: string,
  whyNot: () => { readonly why: string; readonly fix: string } | null,
): Promise<NoteSigner> {
  const path = join(dir, `${file}.key`);
  const text = await readIfThere(path);
  if (text === null) {
    const missing = whyNot();
    if (missing !== null) throw new GiveUp('bad-config', `${missing.why}: \`${path}\``, { fix: missing.fix });
    return makeKey(dir, file, name);
  }
  const { mode } = await stat(path);
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new GiveUp('bad-config', `others may read the signing key \`${path}\``, { fix: `chmod 600 ${path}` });
  }
  const signer = readSignerKey(text.trimEnd());
  if (signer === null) throw new GiveUp('bad-config', `\`${path}\` is no signing key`);
  await keepPublicHalf(dir, file, signer);
  return signer;
}

async function makeKey(dir: string, file: string, origin: string): Promise<NoteSigner> {
  const path = join(dir, `${file}.key`);
  if (!/^[^+\s]+$/.test(origin))
    throw new GiveUp('bad-config', `\`${origin}\` cannot name a log: white space or \`+\``);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await chmod(dir, 0o700);
  const signer = newSigner(origin);
  const draft = `${path}.${randomBytes(4).toString('hex')}`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(`${signer.skey}\n`);
    await handle.sync();
    // A link, not a rename: of two platforms starting at once, one must fail rather than both sign.
    await link(draft, path).catch((error: unknown) => {
      throw new GiveUp('bad-config', `another platform is making \`${path}\` right now`, { cause: error });
    });
  } finally {
    await handle.close();
    await rm(draft, { force: true });
  }
  await syncDir(dir);
  await keepPublicHalf(dir, file, signer);
  return signer;
}

async function keepPublicHalf(dir: string, file: string, signer: NoteSigner): Promise<void> {
  const path = join(dir, `${file}.pub`);
  const known = await readIfThere(path);
  if (known === null) return writeFile(path, `${signer.vkey}\n`, { mode: 0o644 });
  if (known.trimEnd() === signer.vkey) return;
  throw new GiveUp('bad-config', `\`${path}\` is not the public half of \`${file}.key\``, {
    fix: 'put back the key that belongs to this installation',
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
