import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeJsonDurably } from '../host/index.ts';

/** Where a running platform answers. It lies in the data folder as `platform.json` while the platform runs. */
export interface Discovery {
  readonly url: string;
  readonly pid: number;
  /** RFC 3339. */
  readonly startedAt: string;
}

const Discovery = z.object({ url: z.url(), pid: z.int().positive(), startedAt: z.string() });
const FILE = 'platform.json';

export function publishDiscovery(dataDir: string, discovery: Discovery): void {
  writeJsonDurably(join(dataDir, FILE), discovery);
}

export function removeDiscovery(dataDir: string): void {
  rmSync(join(dataDir, FILE), { force: true });
}

/**
 * Where the platform of this data folder answers; null when none runs. The file of one that was killed is not believed, unless
 * another process has its pid by now: then nothing answers at the address, which says so too.
 */
export function discover(dataDir: string): Discovery | null {
  try {
    const found = Discovery.parse(JSON.parse(readFileSync(join(dataDir, FILE), 'utf8')));
    return isAlive(found.pid) ? found : null;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It lives, but belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
