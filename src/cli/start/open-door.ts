import type { Platform } from '../../platform.ts';
import { publishDiscovery, removeDiscovery } from '../discovery.ts';

/** Where the running platform answers others. */
export interface Door {
  readonly url: string;
  readonly tokenFile: string;
  close(): Promise<void>;
}

export async function openDoor({ host }: Platform): Promise<Door> {
  const url = 'http://127.0.0.1:1';
  publishDiscovery(host.dataDir, { url, pid: process.pid, startedAt: new Date().toISOString() });
  return { url, tokenFile: host.folder.at('token'), close: async () => removeDiscovery(host.dataDir) };
}
