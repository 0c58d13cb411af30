/**
 * A platform to be killed: the crash fleet on systems that somebody else runs. Takes commands as lines of JSON on stdin and
 * answers on stdout; ends when stdin does.
 *
 * `--data-dir DIR --systems URL [--arm NAME:WHOM:NTH] [--late]`: WHOM is `platform`, `engine` or `database`. `--late` is the
 * control: the intent is written after the call (`late-record.ts`).
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { readConfig } from '../../src/host/index.ts';
import { exportToFile, pgEntrySource } from '../../src/ledger/index.ts';
import { startPlatform } from '../../src/platform.ts';
import { SYSTEMS } from '../../src/testing/index.ts';
import { armFailpoint, messageOf, type Failpoint } from '../../src/vocabulary/index.ts';
import { crashFleet } from './fleet.ts';
import { startLatePlatform } from './late-record.ts';
import type { Answer, Command, Victim } from './protocol.ts';

const { values } = parseArgs({
  options: {
    'data-dir': { type: 'string' },
    systems: { type: 'string' },
    arm: { type: 'string' },
    late: { type: 'boolean', default: false },
  },
});
const dataDir = values['data-dir'] ?? '';
const systems = Object.fromEntries(SYSTEMS.map((system) => [system, { baseUrl: `${values.systems}/${system}` }]));
const PID_FILE = { engine: 'restate.json', database: 'postgres.json' } as const;

let jobs = 0;
const fleet = crashFleet(() => jobs);
if (values.arm !== undefined) {
  const [name, victim, nth] = values.arm.split(':');
  arm(name as Failpoint, victim as Victim, Number(nth));
}
const platform = await (values.late ? startLatePlatform : startPlatform)({
  config: readConfig({}, { dataDir }),
  fleets: [fleet],
  systems,
  onTrouble: (what) => process.stderr.write(`trouble: ${what}\n`),
  onHostEvent: ({ child, state, reason }) => process.stderr.write(`${child} ${state} ${reason ?? ''}\n`),
});
answer({ ready: { databaseUrl: platform.host.databaseUrl } });

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const command = JSON.parse(line) as Command;
    carryOut(command).then(
      () => answer({ done: command.id }),
      (error: unknown) => answer({ failed: command.id, why: messageOf(error) }),
    );
  })
  .on('close', () => void platform.stop().then(() => process.exit(0)));

async function carryOut(command: Command): Promise<void> {
  switch (command.do) {
    case 'arm':
      return arm(command.name, command.victim, command.nth);
    case 'feed':
      jobs = command.jobs;
      await platform.fabric.feed(fleet, { all: true });
      return;
    case 'idle':
      return platform.fabric.idle();
    case 'kill':
      return killChild(command.victim);
    case 'export': {
      await platform.sealer.sealNow();
      const vkey = readFileSync(platform.host.folder.at('keys/ledger.pub'), 'utf8').trim();
      return exportToFile(command.path, { source: pgEntrySource(platform.pool), vkey });
    }
  }
}

function arm(name: Failpoint, victim: Victim, nth: number): void {
  if (victim === 'platform') return armFailpoint(name, { nth, action: 'kill' });
  armFailpoint(name, {
    nth,
    action: () => {
      killChild(victim);
      answer({ sprung: name });
    },
  });
}

function killChild(victim: Exclude<Victim, 'platform'>): void {
  const { pid } = JSON.parse(readFileSync(join(dataDir, 'run', PID_FILE[victim]), 'utf8')) as { pid: number };
  process.kill(pid, 'SIGKILL');
}

function answer(said: Answer): void {
  process.stdout.write(`${JSON.stringify(said)}\n`);
}
