import { chmodSync, mkdirSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { GiveUp, messageOf, Misuse } from '../vocabulary/index.ts';
import { asDiskFull } from './disk-full.ts';
import { writeJsonDurably } from './write-durably.ts';

/** The layout of the data folder that this code reads and writes. Raised when an older program could not use it any more. */
const FOLDER_VERSION = 1;
const VERSION_FILE = 'reeve.json';
const LOCK_FILE = 'lock';
const HOLDER_FILE = 'lock-holder.json';
/** What a start that was killed before it wrote the version may have left. */
const LEFT_BY_A_KILLED_START: ReadonlySet<string> = new Set([LOCK_FILE, `${LOCK_FILE}-journal`, HOLDER_FILE]);
const SQLITE_BUSY = 5;

/** The folder that holds all state of one platform, held by this process alone. */
export interface DataFolder {
  /** Absolute, with symbolic links resolved. */
  readonly path: string;
  /** True when this process made it. */
  readonly fresh: boolean;
  /** The path of a file or folder in it. */
  at(...names: string[]): string;
  /** Gives the folder free. Close it last, when nothing writes to it any more. */
  close(): void;
}

/**
 * Opens the data folder, makes it (mode 0700) when it is not there, and locks it. The kernel frees the lock however this
 * process ends.
 *
 * @throws GiveUp `data-folder-in-use` naming the other platform's pid, `data-folder-of-another-version`, `disk-full`;
 * Misuse `bad-config` when the folder cannot be made or entered, or holds something else.
 */
export function openDataFolder(path: string): DataFolder {
  let lock: DatabaseSync | undefined;
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const folder = realpathSync(path);
    const version = versionOf(folder);
    if (version === undefined) refuseForeign(folder);
    else if (version !== FOLDER_VERSION) throw anotherVersion(folder, version);
    chmodSync(folder, 0o700);
    lock = lockFolder(folder);
    if (version === undefined) writeJsonDurably(join(folder, VERSION_FILE), { reeve: FOLDER_VERSION });
    for (const name of ['run', 'logs']) mkdirSync(join(folder, name), { recursive: true, mode: 0o700 });
    const held = lock;
    return {
      path: folder,
      fresh: version === undefined,
      at: (...names) => join(folder, ...names),
      close: () => {
        if (held.isOpen) held.close();
      },
    };
  } catch (error) {
    lock?.close();
    throw asDiskFull(error, path) ?? asUnusable(error, path);
  }
}

/**
 * The lock is an exclusive transaction of SQLite on an empty file: the one lock that Node can take from the kernel without a
 * native addon. Nothing else in this process may open that file: closing any handle on it would drop the lock.
 */
function lockFolder(folder: string): DatabaseSync {
  const lock = new DatabaseSync(join(folder, LOCK_FILE), { timeout: 0 });
  try {
    lock.exec('pragma journal_mode = delete; begin exclusive; create table if not exists held (by integer)');
  } catch (error) {
    lock.close();
    if ((error as { errcode?: unknown }).errcode !== SQLITE_BUSY) throw error;
    throw new GiveUp('data-folder-in-use', `the data folder \`${folder}\` is in use by ${holderOf(folder)}`, {
      fix: 'stop that platform first, or give this one a folder of its own with `--data-dir`',
    });
  }
  writeJsonDurably(join(folder, HOLDER_FILE), { pid: process.pid });
  return lock;
}

function holderOf(folder: string): string {
  const holder = readJson(join(folder, HOLDER_FILE));
  const pid = (holder as { pid?: unknown } | undefined)?.pid;
  return typeof pid === 'number' ? `another platform (process ${pid})` : 'another platform';
}

function versionOf(folder: string): unknown {
  const file = readJson(join(folder, VERSION_FILE));
  if (file === undefined) return undefined;
  return (file as { reeve?: unknown } | null)?.reeve ?? 'unreadable';
}

function anotherVersion(folder: string, version: unknown): GiveUp {
  return new GiveUp(
    'data-folder-of-another-version',
    `the data folder \`${folder}\` is of version \`${String(version)}\`: this program reads version ${FOLDER_VERSION}`,
    { fix: 'run the program that wrote it, or start with another folder by `--data-dir`' },
  );
}

/** A mistyped `--data-dir ~` must not fill somebody's home with our files. */
function refuseForeign(folder: string): void {
  const foreign = readdirSync(folder).filter((name) => !LEFT_BY_A_KILLED_START.has(name) && !name.endsWith('.tmp'));
  if (foreign.length === 0) return;
  throw new Misuse(
    'bad-config',
    `the folder \`${folder}\` holds \`${foreign[0]}\` and no \`${VERSION_FILE}\`: not a data folder`,
    {
      fix: 'give an empty or new folder with `--data-dir`',
    },
  );
}

/** @returns `undefined` when there is no such file, `null` when it is no JSON. */
function readJson(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

function asUnusable(error: unknown, path: string): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (code !== 'EACCES' && code !== 'EPERM' && code !== 'EROFS' && code !== 'ENOTDIR' && code !== 'EEXIST')
    return error;
  return new Misuse('bad-config', `the data folder \`${path}\` cannot be used: ${messageOf(error)}`, {
    fix: "give a folder that this user may write to with `--data-dir`; a folder made by root stays root's",
    cause: error,
  });
}
