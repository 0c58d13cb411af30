import { Command, Option } from 'commander';
import { examples, wholeNumber } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { GrantPage } from '../freedom-answers.ts';
import { relative } from '../humane.ts';
import { table } from '../table.ts';

const STATES = ['in-force', 'ended', 'revoked', 'to-review', 'unreviewed', 'reviewed'];

export function grantListCommand(cli: Cli): Command {
  return new Command('list')
    .summary('answers in advance, and broken glass')
    .description('Lists what people answered in advance, and where the glass was broken.')
    .addOption(new Option('--state <state>', 'only those that stand there').choices(STATES))
    .option('--limit <grants>', 'most to list', wholeNumber(1, 500), 20)
    .option('--cursor <cursor>', 'go on where a page ended')
    .addHelpText(
      'after',
      examples(
        ['reeve grant list --state in-force', 'what needs no answer now'],
        ['reeve grant list --state to-review', 'broken glass that somebody has to look at'],
      ),
    )
    .action((options: { state?: string; limit: number; cursor?: string }, command: Command) =>
      cli.run(command, async (session) => {
        const found = await connect(session).get('/v1/grants', GrantPage, { ...options });
        const now = Date.now();
        session.answer(found, () => [
          ...table(
            found.items,
            [
              { heading: 'grant', cell: ({ id }) => id },
              { heading: 'form', cell: ({ form }) => form },
              { heading: 'state', cell: ({ state }) => state },
              { heading: 'agent', cell: ({ agent }) => agent ?? 'every agent' },
              { heading: 'tool', cell: ({ tool }) => tool ?? 'every tool' },
              { heading: 'uses', align: 'right', cell: ({ uses }) => String(uses) },
              { heading: 'ends', cell: ({ until }) => relative(until, now) },
              { heading: 'lifts', cell: ({ lifts }) => lifts.join(', ') },
            ],
            { width: session.width, heading: session.paint.dim },
          ),
          ...(found.next === null ? [] : ['', `more: \`--cursor ${found.next}\` goes on`]),
        ]);
      }),
    );
}
