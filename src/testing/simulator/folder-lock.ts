import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Misuse } from '../../vocabulary/index.ts';

const WAIT_MS = 10_000;
const LOOK_EVERY_MS = 20;

/**
 * Takes a folder for this process alone, so that no two simulators write one journal. Waits for an earlier holder that is
 * about to end; one that is no longer alive does not count.
 *
 * @throws Misuse `data-folder-in-use` when the holder is still there after ten seconds, or is this very process.
 */
export async function lockFolder(dir: string): Promise<{ release(): void }> {
  const path = `${dir}/simulator.lock`;
  for (let waited = 0; ; waited += LOOK_EVERY_MS) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      return { release: () => rmSync(path, { force: true }) };
    } catch (error) {
      if (!isCode(error, 'EEXIST')) throw error;
    }
    const holder = holderOf(path);
    if (holder === null) continue;
    if (!isAlive(holder)) rmSync(path, { force: true });
    else if (holder === process.pid || waited >= WAIT_MS) {
      throw new Misuse('data-folder-in-use', `another simulator (process ${holder}) works in \`${dir}\``, {
        fix: `end it, or remove \`${path}\` if that process is no simulator`,
      });
    } else await sleep(LOOK_EVERY_MS);
  }
}

/** Null when the lock has just gone. */
function holderOf(path: string): number | null {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isCode(error, 'EPERM');
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
