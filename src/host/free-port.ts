import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { GiveUp } from '../vocabulary/index.ts';
import type { DataFolder } from './data-folder.ts';
import { writeJsonDurably } from './write-durably.ts';

export const PORTS_FILE = 'ports.json';
/** So many ports are stepped over before we say that none is free. */
const STEPS = 200;
const HIGHEST_PORT = 65_535;

interface Remembered {
  /** What was asked for when this port was chosen: another wish makes the memory void. */
  readonly preferred: number;
  readonly port: number;
}

/**
 * Chooses ports on 127.0.0.1 for the services of one data folder. Two services never get the same one, and a restart gets the
 * port it had, when that is free: addresses that people and the engine noted down stay true.
 */
export interface Ports {
  /** A free port for `service`: the one it had, or the first free one from `preferred` on; any for 0. */
  choose(service: string, preferred: number): Promise<number>;
  /** Every service and its port. */
  chosen(): Readonly<Record<string, number>>;
}

export function openPorts(folder: DataFolder): Ports {
  const file = folder.at(PORTS_FILE);
  const remembered = readPorts(file);
  const chosen = new Map<string, number>();
  /** Ports promised in this process, whose service may not listen yet. */
  const promised = new Set<number>();

  async function choose(service: string, preferred: number): Promise<number> {
    const before = remembered[service];
    const had = chosen.get(service);
    if (had !== undefined) promised.delete(had);
    if (before?.preferred === preferred && (await take(before.port))) return settle(service, preferred, before.port);
    if (preferred === 0) return settle(service, 0, await anyFreePort());
    const last = Math.min(preferred + STEPS, HIGHEST_PORT);
    for (let port = preferred; port <= last; port++) if (await take(port)) return settle(service, preferred, port);
    throw new GiveUp(
      'port-taken',
      `no port for \`${service}\` is free: \`${preferred}\` to \`${last}\` are all taken`,
      {
        fix: 'end what listens there, or choose another with `--port`',
      },
    );
  }

  /** Promised before we look, so that a second choice that runs meanwhile keeps off it. */
  async function take(port: number): Promise<boolean> {
    if (promised.has(port)) return false;
    promised.add(port);
    if (await isFree(port)) return true;
    promised.delete(port);
    return false;
  }

  function settle(service: string, preferred: number, port: number): number {
    promised.add(port);
    chosen.set(service, port);
    if (remembered[service]?.port !== port || remembered[service].preferred !== preferred) {
      remembered[service] = { preferred, port };
      writeJsonDurably(file, remembered);
    }
    return port;
  }

  return { choose, chosen: () => Object.fromEntries(chosen) };
}

/** Below the ports that systems give to outgoing connections, which begin at 32768. */
const FIRST_OF_RANGE = 20_000;
const FOLDERS_IN_RANGE = 1_250;
const PORTS_PER_FOLDER = 8;

/**
 * The port from which to look for the `nth` inner service of a folder (0 to 7). Each folder has its own: were they the same
 * for all, a second platform that starts while a child of the first is being restarted would take its port for good.
 */
export function portOfFolder(folder: DataFolder, nth: number): number {
  const slot = createHash('sha256').update(folder.path).digest().readUInt32BE() % FOLDERS_IN_RANGE;
  return FIRST_OF_RANGE + slot * PORTS_PER_FOLDER + nth;
}

/** True when a server could listen on this port of 127.0.0.1 now. */
export async function isFree(port: number): Promise<boolean> {
  return (await listen(port)) !== undefined;
}

async function anyFreePort(): Promise<number> {
  const port = await listen(0);
  if (port === undefined) throw new GiveUp('port-taken', 'the system has no free port left on 127.0.0.1');
  return port;
}

/** Listens for a moment. @returns the port, or `undefined` when it is taken or not ours to use. */
function listen(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      const bound = address !== null && typeof address === 'object' ? address.port : undefined;
      server.close(() => resolve(bound));
    });
  });
}

/** What was remembered; a damaged file only costs us the memory. */
function readPorts(file: string): Record<string, Remembered> {
  try {
    const read = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Partial<Remembered>>;
    return Object.fromEntries(
      Object.entries(read).filter(
        (entry): entry is [string, Remembered] =>
          Number.isInteger(entry[1].port) && Number.isInteger(entry[1].preferred),
      ),
    );
  } catch {
    return {};
  }
}
