import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface Leftover {
  readonly pid: number;
  readonly command: string;
}

/**
 * Processes whose command, environment or working folder names `folder`, other than this one: what was started from there and
 * never ended. Whoever is on the way out is given a moment.
 */
export async function leftovers(folder: string): Promise<readonly Leftover[]> {
  for (let attempt = 0; ; attempt++) {
    const found = existsSync('/proc/self/environ') ? fromProc(folder) : fromPs(folder);
    if (found.length === 0 || attempt >= 20) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function fromProc(folder: string): Leftover[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      const command = read(`/proc/${name}/cmdline`).replaceAll('\0', ' ').trim();
      // Empty for what has ended and only waits to be collected.
      if (command === '') return [];
      const ours =
        command.includes(folder) || read(`/proc/${name}/environ`).includes(folder) || cwdOf(name).startsWith(folder);
      return ours ? [{ pid: Number(name), command: command.slice(0, 200) }] : [];
    });
}

/** Without `/proc` (macOS): the command line alone. */
function fromPs(folder: string): Leftover[] {
  return execFileSync('ps', ['-axo', 'pid=,command='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(folder))
    .map((line) => ({ pid: Number.parseInt(line, 10), command: line.trim().slice(0, 200) }))
    .filter(({ pid }) => pid !== process.pid);
}

/** What may be read of a process, or nothing: it may have ended, or belong to somebody else. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function cwdOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}
