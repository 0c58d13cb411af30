import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { GiveUp } from '../vocabulary/index.ts';
import type { DataFolder } from './data-folder.ts';
import { asDiskFull, requireFreeSpace } from './disk-full.ts';
import type { User } from './unprivileged-user.ts';
import { writeJsonDurably } from './write-durably.ts';

/** The superuser, ours for set-up and health alone. */
export const SUPERUSER = 'postgres';
/** The files of one major version are no other's. */
const MAJOR = '18';
const INITDB_LIMIT_MS = 120_000;
const INITDB_BYTES = 150 * 1024 * 1024;
export const PASSWORDS_FILE = 'passwords.json';
/** All that PostgreSQL's programs get from us. */
export const POSTGRES_ENVIRONMENT = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' } as const;

/** Where PostgreSQL finds the folder `home`: by its path, or through a descriptor that it is handed. */
export interface Reach {
  readonly home: string;
  readonly openFiles: readonly number[];
  close(): void;
}

/**
 * As another user, PostgreSQL cannot walk the path to its own files: the data folder, and often a folder above, is entered by
 * root only. It need not: we open its home and hand it over as descriptor 3. So all state stays in the data folder, moves and
 * is deleted with it, and nobody else can enter. (A place outside, like `/var/tmp`, would be swept of old files by the
 * system.) PostgreSQL changes into its folder when it starts and works by relative paths from there on.
 */
export function reach(home: string, user: User | undefined): Reach {
  if (user === undefined) return { home, openFiles: [], close: () => {} };
  const fd = openSync(home, 'r');
  return { home: '/proc/self/fd/3', openFiles: [fd], close: () => closeSync(fd) };
}

export interface Passwords {
  readonly superuser: string;
  readonly owner: string;
}

/**
 * The passwords of the embedded database, made at first start and kept with mode 0600.
 *
 * @throws GiveUp `bad-config` when there is a database but no passwords: new ones would not open it.
 */
export function readPasswords(folder: DataFolder, clusterExists: boolean): Passwords {
  const file = folder.at(PASSWORDS_FILE);
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Passwords;
  if (clusterExists) {
    throw new GiveUp('bad-config', `the passwords of the embedded database are gone: no file \`${file}\``, {
      fix: 'bring that file back from a copy of the data folder',
    });
  }
  const passwords = { superuser: randomBytes(24).toString('hex'), owner: randomBytes(24).toString('hex') };
  writeJsonDurably(file, passwords);
  return passwords;
}

/**
 * Makes sure that `data/` in `home` holds a database cluster of our version. initdb works under another name that is changed
 * when all is there: a start that is killed leaves nothing half made.
 *
 * Text sorts by code point (as in the C locale, and the same on every machine) while letters are known beyond ASCII, which
 * full-text search needs: the built-in C.UTF-8.
 *
 * @throws GiveUp `disk-full`, `data-folder-of-another-version`, `internal` with what initdb said.
 */
export async function ensureCluster(
  home: string,
  binaries: string,
  user: User | undefined,
  password: string,
): Promise<void> {
  const data = join(home, 'data');
  if (existsSync(data)) return requireVersion(data);
  await requireFreeSpace(home, INITDB_BYTES);
  for (const name of readdirSync(home)) if (name.startsWith('making')) rmSync(join(home, name), { recursive: true });

  const passwordFile = join(home, 'making-password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user !== undefined) chownSync(passwordFile, user.uid, user.gid);
  const access = reach(home, user);
  try {
    const options = [
      ['--pgdata', join(access.home, 'making')],
      ['--username', SUPERUSER],
      ['--pwfile', join(access.home, 'making-password')],
      ['--auth', 'scram-sha-256'],
      ['--encoding', 'UTF8'],
      ['--locale', 'C'],
      ['--locale-provider', 'builtin'],
      ['--builtin-locale', 'C.UTF-8'],
    ].flat();
    await run(join(binaries, 'initdb'), [...options, '--no-instructions'], home, access.openFiles, user);
    renameSync(join(home, 'making'), data);
  } finally {
    access.close();
    rmSync(passwordFile, { force: true });
  }
}

function requireVersion(data: string): void {
  const version = readFileSync(join(data, 'PG_VERSION'), 'utf8').trim();
  if (version === MAJOR) return;
  throw new GiveUp(
    'data-folder-of-another-version',
    `the database in \`${data}\` was written by PostgreSQL ${version}: this program brings ${MAJOR}`,
    { fix: 'run the program that wrote it and export its ledger, or start with another folder by `--data-dir`' },
  );
}

/** Runs a program to its end. What it said is in the error when it fails. */
function run(
  command: string,
  args: readonly string[],
  cwd: string,
  openFiles: readonly number[],
  user: User | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...POSTGRES_ENVIRONMENT },
      detached: true,
      timeout: INITDB_LIMIT_MS,
      killSignal: 'SIGKILL',
      stdio: ['ignore', 'pipe', 'pipe', ...openFiles],
      ...user,
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (bytes: Buffer) => (said += bytes.toString()));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) return resolve();
      const lastLines = said.trim().split('\n').slice(-3).join(' | ');
      const failed = `the database cannot be made: initdb ended by \`${signal ?? code}\`: ${lastLines}`;
      reject(asDiskFull(said, cwd) ?? new GiveUp('internal', failed));
    });
  });
}
