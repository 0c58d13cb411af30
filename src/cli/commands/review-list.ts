import { Command, Option } from 'commander';
import { examples, wholeNumber } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { ReviewPage } from '../freedom-answers.ts';
import { relative } from '../humane.ts';
import { table } from '../table.ts';

export function reviewListCommand(cli: Cli): Command {
  return new Command('list')
    .summary('what was done without asking and is to be looked at')
    .description(
      'Lists what agents did at L4 (one in ten) and L5 (all) and people have yet to look at. Overdue ones are no evidence.',
    )
    .addOption(
      new Option('--state <state>', 'where they stand').choices(['open', 'overdue', 'answered']).default('open'),
    )
    .option('--limit <reviews>', 'most to list', wholeNumber(1, 500), 20)
    .option('--cursor <cursor>', 'go on where a page ended')
    .addHelpText('after', examples(['reeve review list --state overdue', 'what was forgotten']))
    .action((options: { state: string; limit: number; cursor?: string }, command: Command) =>
      cli.run(command, async (session) => {
        const found = await connect(session).get('/v1/reviews', ReviewPage, { ...options });
        const now = Date.now();
        session.answer(found, () => [
          ...table(
            found.items,
            [
              { heading: 'review', cell: ({ id }) => id },
              { heading: 'run', cell: ({ run }) => run },
              { heading: 'agent', cell: ({ agent }) => agent },
              { heading: 'did', cell: ({ tool }) => tool },
              { heading: 'to', cell: ({ resource }) => resource },
              { heading: 'at', cell: ({ level }) => level },
              {
                heading: 'due',
                cell: ({ dueAt, answer }) => (dueAt === null ? (answer ?? 'overdue') : relative(dueAt, now)),
              },
              { heading: 'why', cell: ({ why }) => why },
            ],
            { width: session.width, heading: session.paint.dim },
          ),
          ...(found.next === null ? [] : ['', `more: \`--cursor ${found.next}\` goes on`]),
        ]);
      }),
    );
}
