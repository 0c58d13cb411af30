/**
 * A platform that works through the shipped records and is watched: `memory-process.ts DATA-DIR EVENTS...` admits up to each
 * number of events in turn, and says so when all of their work has ended. Ends when stdin does.
 */
import { FLEETS } from '../../fleets/index.ts';
import { readConfig } from '../../src/host/index.ts';
import { startPlatform } from '../../src/platform.ts';
import type { Fleet, RawEvent } from '../../src/vocabulary/index.ts';

const [dataDir = '', ...stations] = process.argv.slice(2);
const platform = await startPlatform({ config: readConfig({}, { dataDir }), fleets: FLEETS });
process.stdin.on('end', () => void platform.stop().then(() => process.exit(0))).resume();
say({ ready: process.pid });

/** The largest fleet brings this share, for the others have fewer records than all stations want; they share the rest. */
const LARGEST = { fleet: 'finance', share: 0.7 };
let most = 0;
const fleets = FLEETS.map((fleet) =>
  upTo(fleet, () => most * (fleet.name === LARGEST.fleet ? LARGEST.share : (1 - LARGEST.share) / (FLEETS.length - 1))),
);
for (const station of stations) {
  most = Number(station);
  await Promise.all(fleets.map((fleet) => platform.fabric.feed(fleet, { all: true })));
  await platform.fabric.idle();
  const { events } = await platform.counts();
  say({ station: most, events });
}
say({ over: true });

function upTo(fleet: Fleet, count: () => number): Fleet {
  return {
    ...fleet,
    async *work(options): AsyncGenerator<RawEvent> {
      let n = 0;
      for await (const raw of fleet.work(options)) {
        if (n++ >= count()) return;
        yield raw;
      }
    },
  };
}

function say(what: object): void {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}
