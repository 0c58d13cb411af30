import { Command } from 'commander';
import { examples } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { relative } from '../humane.ts';
import { TokenList } from '../people-answers.ts';
import { printable } from '../printable.ts';
import { table } from '../table.ts';

export function tokenListCommand(cli: Cli): Command {
  return new Command('list')
    .summary('your access tokens')
    .description('Lists your access tokens: what for, how much they may, until when, and when they were last used.')
    .option('--all', 'of everybody, for administrators')
    .addHelpText('after', examples(['reeve token list', 'yours']))
    .action(({ all = false }: { all?: boolean }, command: Command) =>
      cli.run(command, async (session) => {
        const { items } = await connect(session).get('/v1/tokens', TokenList, { all: String(all) });
        const now = Date.now();
        session.answer(items, () =>
          table(
            items,
            [
              { heading: 'token', cell: ({ id }) => id },
              ...(all ? [{ heading: 'person', cell: ({ person }: (typeof items)[number]) => person }] : []),
              { heading: 'for', cell: ({ name }) => printable(name) },
              { heading: 'state', cell: ({ state }) => state },
              { heading: 'may', cell: ({ scopes }) => (scopes === null ? 'all' : scopes.join(', ')) },
              { heading: 'ends', cell: ({ expiresAt }) => relative(expiresAt, now) },
              {
                heading: 'last used',
                cell: ({ lastUsedAt }) => (lastUsedAt === null ? '-' : relative(lastUsedAt, now)),
              },
            ],
            { width: session.width, heading: session.paint.dim },
          ),
        );
      }),
    );
}
