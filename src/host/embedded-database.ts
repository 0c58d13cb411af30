import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { PORTS_FILE } from './free-port.ts';
import { PASSWORDS_FILE } from './postgres-cluster.ts';
import { ownerUrl, SERVICE } from './postgres.ts';

const Ports = z.object({ [SERVICE]: z.object({ port: z.int() }) });
const Passwords = z.object({ owner: z.string() });

/**
 * Where the embedded database of a data folder answers while a platform runs on it, for another process that may read the
 * folder; with user and password, not for show. Null when the folder never had one.
 */
export function embeddedDatabaseUrl(dataDir: string): string | null {
  const ports = Ports.safeParse(readJson(join(dataDir, PORTS_FILE)));
  const passwords = Passwords.safeParse(readJson(join(dataDir, PASSWORDS_FILE)));
  return ports.success && passwords.success ? ownerUrl(passwords.data.owner, ports.data[SERVICE].port) : null;
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as unknown;
  } catch {
    return undefined;
  }
}
