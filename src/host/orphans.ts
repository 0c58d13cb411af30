import { readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { identityOf, processesIn } from './process-identity.ts';
import { writeJsonDurably } from './write-durably.ts';

/** Where the processes of one child may be found again, by a platform that did not start them. */
export interface Tracks {
  /** Holds pid and identity of the child. */
  readonly pidFile: string;
  /** Folders that its processes work in, and only they. */
  readonly folders: readonly string[];
  /** File names of its programs. */
  readonly programs: readonly string[];
}

const POLL_MS = 20;
/** A process that got SIGKILL is gone in milliseconds, unless the disk holds it. */
const KILLED_LIMIT_MS = 5_000;

/** Records a child, so that the next platform knows it if this one is killed. */
export function recordChild(tracks: Tracks, pid: number): void {
  writeJsonDurably(tracks.pidFile, { pid, identity: identityOf(pid) });
}

export function forgetChild(tracks: Tracks): void {
  rmSync(tracks.pidFile, { force: true });
}

/**
 * Ends what is left of a child: politely with `signal`, after `limitMs` with SIGKILL. Holding the lock of the data folder, we
 * know that whatever we find belongs to nobody any more. A recorded pid that now means another process is left alone.
 *
 * @returns the pids that were ended.
 */
export async function endOrphans(tracks: Tracks, signal: NodeJS.Signals, limitMs: number): Promise<number[]> {
  const ended = new Set<number>();
  let left = leftOf(tracks);
  const inner = new Set(left.map(({ pid }) => pid));
  for (const { pid, parent } of left) if (!inner.has(parent)) send(pid, signal);
  const deadline = Date.now() + limitMs;
  const lastDeadline = deadline + KILLED_LIMIT_MS;
  while (left.length > 0) {
    for (const { pid } of left) ended.add(pid);
    if (Date.now() > lastDeadline) throw new Error(`process ${left[0]?.pid} does not end, not even by SIGKILL`);
    if (Date.now() > deadline) for (const { pid } of left) send(pid, 'SIGKILL');
    await sleep(POLL_MS);
    left = leftOf(tracks);
  }
  forgetChild(tracks);
  return [...ended];
}

function leftOf(tracks: Tracks): { pid: number; parent: number }[] {
  const found = processesIn(tracks.folders, tracks.programs);
  const recorded = recordedChild(tracks);
  if (recorded !== undefined && !found.some(({ pid }) => pid === recorded)) found.push({ pid: recorded, parent: 0 });
  return found;
}

function recordedChild(tracks: Tracks): number | undefined {
  try {
    const { pid, identity } = JSON.parse(readFileSync(tracks.pidFile, 'utf8')) as { pid?: unknown; identity?: unknown };
    if (typeof pid !== 'number' || typeof identity !== 'string') return undefined;
    return identityOf(pid) === identity ? pid : undefined;
  } catch {
    return undefined;
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
