import { Command } from 'commander';
import { showMoney } from '../../vocabulary/index.ts';
import { ApprovalPage } from '../answers.ts';
import { examples, wholeNumber } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { relative } from '../humane.ts';
import { table } from '../table.ts';

interface Options {
  readonly limit: number;
  readonly cursor?: string;
}

export function approvalListCommand(cli: Cli): Command {
  return new Command('list')
    .summary('what waits for people, soonest to expire first')
    .description(
      'Lists the intents that a policy wants a person to approve: what would be executed, who may answer, and until when. ' +
        'Answering them is not part of this version.',
    )
    .option('--limit <approvals>', 'most to list', wholeNumber(1, 500), 20)
    .option('--cursor <cursor>', 'go on where a page ended')
    .addHelpText('after', examples(['reeve approval list', 'what people are waited for']))
    .action((options: Options, command: Command) =>
      cli.run(command, async (session) => {
        const page = await connect(session).get('/v1/approvals', ApprovalPage, { ...options });
        const now = Date.now();
        session.answer(page, () => [
          ...table(
            page.items,
            [
              { heading: 'run', cell: ({ run }) => run },
              { heading: 'agent', cell: ({ agent }) => agent },
              { heading: 'wants to use', cell: ({ tool }) => tool },
              { heading: 'amount', align: 'right', cell: ({ amount }) => (amount === null ? '-' : showMoney(amount)) },
              { heading: 'asked of', cell: ({ roles }) => [...new Set(roles)].join(', ') },
              { heading: 'expires', cell: ({ expiresAt }) => relative(expiresAt, now) },
              { heading: 'stopped by', cell: ({ policies }) => policies.join(', ') },
            ],
            { width: session.width, heading: session.paint.dim },
          ),
          ...(page.next === null ? [] : ['', `more: \`--cursor ${page.next}\` goes on`]),
        ]);
      }),
    );
}
