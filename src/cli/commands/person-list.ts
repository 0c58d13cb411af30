import { Command } from 'commander';
import { examples, wholeNumber } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { PeoplePage } from '../people-answers.ts';
import { sayGrant } from '../people-words.ts';
import { printable } from '../printable.ts';
import { table } from '../table.ts';

interface Options {
  readonly limit: number;
  readonly cursor?: string;
}

export function personListCommand(cli: Cli): Command {
  return new Command('list')
    .summary('people and their roles')
    .description('Lists people: who they are, and which roles they have where.')
    .option('--limit <people>', 'most to list', wholeNumber(1, 500), 50)
    .option('--cursor <cursor>', 'go on where a page ended')
    .addHelpText('after', examples(['reeve person list', 'everybody']))
    .action((options: Options, command: Command) =>
      cli.run(command, async (session) => {
        const page = await connect(session).get('/v1/people', PeoplePage, { ...options });
        session.answer(page, () => [
          ...table(
            page.items,
            [
              { heading: 'person', cell: ({ id }) => id },
              { heading: 'name', cell: ({ name }) => printable(name) },
              { heading: 'state', cell: ({ state }) => state },
              { heading: 'roles', cell: ({ grants }) => grants.map(sayGrant).join(', ') },
            ],
            { width: session.width, heading: session.paint.dim },
          ),
          ...(page.next === null ? [] : ['', `more: \`--cursor ${page.next}\` goes on`]),
        ]);
      }),
    );
}
