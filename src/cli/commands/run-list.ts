import { Command, Option } from 'commander';
import { RUN_STATES } from '../../vocabulary/index.ts';
import { RunPage } from '../answers.ts';
import { examples, wholeNumber } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { duration, relative } from '../humane.ts';
import { paintState } from '../paint.ts';
import { table } from '../table.ts';

type Options = Readonly<
  Partial<Record<'state' | 'agent' | 'tenant' | 'type' | 'cursor', string>> & Record<'limit', number>
>;

export function runListCommand(cli: Cli): Command {
  return new Command('list')
    .summary('runs, newest first')
    .description(
      'Lists runs of the platform that runs: one agent version working on one event, from admission to its end.',
    )
    .addOption(new Option('--state <state>', 'only those that stand there').choices(RUN_STATES))
    .option('--agent <agent>', 'only those of one agent')
    .option('--tenant <tenant>', 'only those of one tenant')
    .option('--type <type>', 'only those on events of one type')
    .option('--limit <runs>', 'most runs to list', wholeNumber(1, 500), 20)
    .option('--cursor <cursor>', 'go on where a page ended')
    .addHelpText(
      'after',
      examples(
        ['reeve run list --state waiting', 'what waits for a person'],
        ['reeve run list --state set-aside', 'what could not be worked on, and why'],
      ),
    )
    .action((options: Options, command: Command) =>
      cli.run(command, async (session) => {
        const page = await connect(session).get('/v1/runs', RunPage, options);
        const { paint, width } = session;
        const now = Date.now();
        session.answer(page, () => [
          ...table(
            page.items,
            [
              { heading: 'run', cell: ({ id }) => id },
              {
                heading: 'state',
                cell: ({ state }) => state,
                paint: (text, { state }) => text.replace(state, paintState(paint, state)),
              },
              { heading: 'agent', cell: ({ agent }) => agent },
              { heading: 'about', cell: ({ subject }) => subject },
              { heading: 'admitted', cell: ({ admittedAt }) => relative(admittedAt, now) },
              {
                heading: 'took',
                align: 'right',
                cell: ({ admittedAt, endedAt }) =>
                  endedAt === null ? '-' : duration(Date.parse(endedAt) - Date.parse(admittedAt)),
              },
              { heading: 'why', cell: ({ why }) => why },
            ],
            { width, heading: paint.dim },
          ),
          ...(page.next === null ? [] : ['', `more: \`--cursor ${page.next}\` goes on`]),
        ]);
      }),
    );
}
