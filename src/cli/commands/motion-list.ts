import { Command, Option } from 'commander';
import { examples, wholeNumber } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { relative } from '../humane.ts';
import { MotionPage } from '../people-answers.ts';
import { printable } from '../printable.ts';
import { table } from '../table.ts';

interface Options {
  readonly state: string;
  readonly limit: number;
  readonly cursor?: string;
}

export function motionListCommand(cli: Cli): Command {
  return new Command('list')
    .summary('changes that wait for a second person')
    .description(
      'Lists changes that one person wants and a second one has to want too: of rights, policies, budgets, stops.',
    )
    .addOption(
      new Option('--state <state>', 'where they stand')
        .choices(['proposed', 'carried', 'withdrawn', 'lapsed', 'failed'])
        .default('proposed'),
    )
    .option('--limit <motions>', 'most to list', wholeNumber(1, 500), 50)
    .option('--cursor <cursor>', 'go on where a page ended')
    .addHelpText(
      'after',
      examples(['reeve motion list', 'what waits'], ['reeve motion list --state carried', 'what holds']),
    )
    .action((options: Options, command: Command) =>
      cli.run(command, async (session) => {
        const page = await connect(session).get('/v1/motions', MotionPage, { ...options });
        const now = Date.now();
        session.answer(page, () => [
          ...table(
            page.items,
            [
              { heading: 'motion', cell: ({ id }) => id },
              { heading: 'would', cell: ({ says }) => printable(says) },
              { heading: 'because', cell: ({ reason }) => printable(reason) },
              { heading: 'wanted by', cell: ({ by }) => by },
              { heading: 'until', cell: ({ dueAt }) => (dueAt === null ? '-' : relative(dueAt, now)) },
            ],
            { width: session.width, heading: session.paint.dim },
          ),
          ...(page.next === null ? [] : ['', `more: \`--cursor ${page.next}\` goes on`]),
        ]);
      }),
    );
}
