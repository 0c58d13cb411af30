import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Misuse } from '../../vocabulary/index.ts';
import { lockFolder } from './folder-lock.ts';
import { createKnobBoard, type KnobBoard } from './knobs.ts';
import { readJournal, type JournalLine } from './journal.ts';
import { openSystem, type System } from './system.ts';
import { answerRequests } from './requests.ts';
import { SYSTEMS } from './systems.ts';

export interface SimulatorOptions {
  /** Where the journals are: `<system>.journal.jsonl`. What they say is known again after a restart. */
  readonly dir: string;
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** All of `SYSTEMS` by default. */
  readonly systems?: readonly string[];
}

/** Enterprise systems of our own, on loopback. */
export interface Simulator {
  /** E.g. `http://127.0.0.1:4711`; a system is at `<url>/<system>`. */
  readonly url: string;
  readonly port: number;
  readonly knobs: Pick<KnobBoard, 'set'>;
  /** What happened in a system, from the first. */
  journal(system: string): AsyncIterable<JournalLine>;
  /** Ends at once, like a machine that is switched off: calls under way are cut, what waited is never done. */
  stop(): Promise<void>;
}

/** Starts the simulator in this process. Throws Misuse `data-folder-in-use` or `port-taken`. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const names = options.systems ?? SYSTEMS;
  mkdirSync(options.dir, { recursive: true });
  const lock = await lockFolder(options.dir);
  const systems = new Map<string, System>();
  const knobs = createKnobBoard();
  const journalOf = (system: string): string => `${options.dir}/${system}.journal.jsonl`;
  for (const name of names) systems.set(name, await openSystem(name, journalOf(name)));

  const requests = answerRequests({ systems, knobs, journalOf });
  const server = createServer({ keepAliveTimeout: 60_000, requestTimeout: 0 }, requests.answer);
  const release = (): void => {
    requests.stop();
    for (const system of systems.values()) system.close();
    lock.release();
  };
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve);
    });
  } catch (cause) {
    release();
    throw new Misuse('port-taken', `the simulator cannot listen on port ${options.port}`, { cause });
  }
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    knobs,
    journal: (system) => readJournal(journalOf(system)),
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      release();
      await closed;
    },
  };
}
