import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { basename } from 'node:path';

/**
 * Says which process a pid means: the machine's boot and the process's start time. A pid comes back for another process after
 * a while, this does not; so what we recorded is never mistaken for a stranger.
 *
 * @returns `undefined` when there is no such process, or only its zombie.
 */
export function identityOf(pid: number): string | undefined {
  return process.platform === 'linux' ? identityOnLinux(pid) : identityByPs(pid);
}

/** Field numbers of proc(5), counted from the state, which is field 3. */
const STATE = 0;
const PARENT = 1;
const START_TIME = 19;

function identityOnLinux(pid: number): string | undefined {
  const fields = statFields(pid);
  const state = fields?.[STATE];
  const started = fields?.[START_TIME];
  if (state === undefined || started === undefined || state === 'Z' || state === 'X') return undefined;
  return `${bootId()}/${started}`;
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return 'unknown-boot';
  }
}

/** The program's name stands in brackets and may itself hold brackets and spaces: count from the last one. */
function statFields(pid: number): string[] | undefined {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return line.slice(line.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

function identityByPs(pid: number): string | undefined {
  try {
    const [state, ...started] = execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], { encoding: 'utf8' })
      .trim()
      .split(/\s+/);
    return state === undefined || state.startsWith('Z') ? undefined : started.join(' ');
  } catch {
    return undefined;
  }
}

export interface FoundProcess {
  readonly pid: number;
  readonly parent: number;
}

/**
 * Processes that run one of `programs` (the file's name) and work in one of `folders`. On Linux only; elsewhere finds none.
 * PostgreSQL and all its backends work in their data folder, so this also finds what no pid file names.
 */
export function processesIn(folders: readonly string[], programs: readonly string[]): FoundProcess[] {
  if (process.platform !== 'linux') return [];
  const wanted = new Set(folders.flatMap((folder) => fileIdentity(folder) ?? []));
  const found: FoundProcess[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      // The kernel adds ` (deleted)` when the file was replaced, as a reinstall does.
      const program = basename(readlinkSync(`/proc/${name}/exe`).replace(/ \(deleted\)$/, ''));
      if (!programs.includes(program)) continue;
      const at = fileIdentity(`/proc/${name}/cwd`);
      if (at === undefined || !wanted.has(at)) continue;
      const pid = Number(name);
      found.push({ pid, parent: Number(statFields(pid)?.[PARENT]) });
    } catch {
      // It ended meanwhile, or belongs to someone else.
    }
  }
  return found;
}

function fileIdentity(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path);
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}
