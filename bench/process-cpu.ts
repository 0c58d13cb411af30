import { readdirSync, readFileSync } from 'node:fs';

/** Milliseconds of CPU (user and system) that a process has used, from /proc; with its children when `tree`. */
export function cpuOf(pid: number, tree = false): number {
  const own = ticks(pid) * MS_PER_TICK;
  return tree ? childrenOf(pid).reduce((sum, child) => sum + cpuOf(child, true), own) : own;
}

/** Resident memory in MB. */
export function rssOf(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1] ?? 0) / 1_024;
}

/** Linux counts in hundredths of a second. */
const MS_PER_TICK = 10;

function ticks(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold anything; what follows the last one is columns.
    const columns = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return [11, 12, 13, 14].reduce((sum, column) => sum + Number(columns[column]), 0);
  } catch {
    return 0;
  }
}

function childrenOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}
