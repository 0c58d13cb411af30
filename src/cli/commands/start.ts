import { Command } from 'commander';
import { examples, wholeNumber } from '../argument.ts';
import type { Cli } from '../cli.ts';

interface Options {
  readonly port?: number;
  readonly untilIdle?: boolean;
  readonly all?: boolean;
  readonly work: boolean;
  readonly most?: number;
  readonly policies?: string;
}

export function startCommand(cli: Cli): Command {
  return new Command('start')
    .summary('start the platform and put the fleet to work')
    .description(
      'Starts the embedded database and engine, loads the fleet that ships, works through the shipped records with every ' +
        'effect judged, written ahead, performed once and sealed on the record, prints what came of it, and serves until ' +
        'Ctrl-C. All state lies in the data folder: a second start goes on from where the first stopped.\n\n' +
        'With --json the last line of stdout is {"agents","events","runs","effects","ledger","reconciliation","seconds"}: ' +
        'counts of the whole record; events are those from outside, failed runs include those set aside. Ends with 1 when ' +
        'the record does not verify or the journals of the systems, the effects and the ledger do not agree.',
    )
    .option(
      '--port <port>',
      'port of the HTTP API on loopback; a taken one is stepped over (default: 7070)',
      wholeNumber(0, 65_535),
    )
    .option('--until-idle', 'end when every admitted piece of work has ended or waits for a person')
    .option('--all', 'work through all records that ship, not only the first part of each domain')
    .option('--no-work', 'do not feed the shipped records; work on what is sent')
    .option('--most <events>', 'feed at most the first so many records of each domain', wholeNumber(0, 10_000_000))
    .option(
      '--policies <dir>',
      'folder of Cedar policies: the very first start is governed by them, a later one drafts them (default: those that ship)',
    )
    .addHelpText(
      'after',
      examples(
        ['npm start', 'the same, installing first when that is needed'],
        ['reeve start --until-idle --json', 'work, verify, print one JSON line, end'],
        ['reeve start --no-work --policies ./law', 'an empty desk under your own policies'],
      ),
    )
    .action(async (options: Options, command: Command) => {
      const settings = options.port === undefined ? {} : { port: options.port };
      await cli.run(
        command,
        async (session) => {
          // Loaded here: database, engine and fleets would make every other command slow to begin.
          const { runStart } = await import('../start/run-start.ts');
          const { untilIdle = false, all = false, work, most, policies } = options;
          return runStart(session, { untilIdle, all, work, most, policies });
        },
        settings,
      );
    });
}
