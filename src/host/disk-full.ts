import { statfs } from 'node:fs/promises';
import { GiveUp } from '../vocabulary/index.ts';

const MEBIBYTE = 1024 * 1024;
const SQLITE_FULL = 13;

/** The `disk-full` fault when that is what `error` says, in Node's words or in those of a program's log; else `undefined`. */
export function asDiskFull(error: unknown, folder: string): GiveUp | undefined {
  const { code, errcode } = (error ?? {}) as { code?: unknown; errcode?: unknown };
  const says = typeof error === 'string' && /no space left on device|disk quota exceeded/i.test(error);
  if (code !== 'ENOSPC' && code !== 'EDQUOT' && errcode !== SQLITE_FULL && !says) return undefined;
  return diskFull(`no space left on the disk that holds \`${folder}\``, error);
}

/**
 * Refuses to begin what cannot be finished: a database or engine that runs out of disk while it is being made leaves ruins.
 *
 * @throws GiveUp `disk-full` when less than `bytes` are free for us on the disk of `folder`.
 */
export async function requireFreeSpace(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= bytes) return;
  throw diskFull(
    `the disk that holds \`${folder}\` has ${Math.floor(free / MEBIBYTE)} MiB free; ${Math.ceil(bytes / MEBIBYTE)} MiB are needed to start`,
  );
}

function diskFull(message: string, cause?: unknown): GiveUp {
  return new GiveUp('disk-full', message, {
    fix: 'free some space, or put the data folder on another disk with `--data-dir`',
    cause,
  });
}
