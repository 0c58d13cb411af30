import { Command, Option } from 'commander';
import { APPROVAL_STATES, showMoney } from '../../vocabulary/index.ts';
import { ApprovalPage } from '../approval-answers.ts';
import { examples, wholeNumber } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { relative } from '../humane.ts';
import { table } from '../table.ts';

interface Options {
  readonly state: string;
  readonly mine?: boolean;
  readonly agent?: string;
  readonly tool?: string;
  readonly tenant?: string;
  readonly limit: number;
  readonly cursor?: string;
}

export function approvalListCommand(cli: Cli): Command {
  return new Command('list')
    .summary('what waits for people, soonest to expire first')
    .description(
      'Lists the intents that a policy wants people to approve: what would be executed, who may answer, and until when. ' +
        'Silence refuses them.',
    )
    .addOption(new Option('--state <state>', 'those that stand so').choices(APPROVAL_STATES).default('pending'))
    .option('--mine', 'only those that you may answer now')
    .option('--agent <agent>', 'only of this agent')
    .option('--tool <tool>', 'only of this tool')
    .option('--tenant <tenant>', 'only of this tenant')
    .option('--limit <approvals>', 'most to list', wholeNumber(1, 500), 20)
    .option('--cursor <cursor>', 'go on where a page ended')
    .addHelpText(
      'after',
      examples(
        ['reeve approval list', 'what people are waited for'],
        ['reeve approval list --mine', 'what you can answer'],
        ['reeve approval list --state declined', 'what people said no to'],
      ),
    )
    .action(({ mine = false, ...options }: Options, command: Command) =>
      cli.run(command, async (session) => {
        const page = await connect(session).get('/v1/approvals', ApprovalPage, {
          ...options,
          ...(mine && { mine: 'true' }),
        });
        const now = Date.now();
        session.answer(page, () => [
          ...table(
            page.items,
            [
              { heading: 'approval', cell: ({ id }) => id },
              { heading: 'agent', cell: ({ agent }) => agent },
              { heading: 'wants to use', cell: ({ tool }) => tool },
              { heading: 'amount', align: 'right', cell: ({ amount }) => (amount === null ? '-' : showMoney(amount)) },
              { heading: 'asked of', cell: ({ roles }) => roles.join(', ') },
              { heading: 'you may', cell: ({ you }) => (you.may ? 'answer' : '-') },
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
