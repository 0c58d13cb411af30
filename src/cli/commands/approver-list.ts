import { Command } from 'commander';
import { ApproverPage } from '../approver-answers.ts';
import { examples, wholeNumber } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { printable } from '../printable.ts';
import { table } from '../table.ts';
import { percent, seconds } from './approver-show.ts';

export function approverListCommand(cli: Cli): Command {
  return new Command('list')
    .summary('how each approver answers: load, time taken, overruled, and checks')
    .description('Lists approvers with how much they answer, how long they look, and how often they turned out wrong.')
    .option('--days <days>', 'how far back', wholeNumber(1, 366), 90)
    .option('--limit <approvers>', 'most to list', wholeNumber(1, 500), 50)
    .option('--cursor <cursor>', 'go on where a page ended')
    .addHelpText('after', examples(['reeve approver list --days 30', 'the last month']))
    .action((options: { days: number; limit: number; cursor?: string }, command: Command) =>
      cli.run(command, async (session) => {
        const found = await connect(session).get('/v1/approvers', ApproverPage, { ...options });
        session.answer(found, () => [
          ...table(
            found.items,
            [
              { heading: 'person', cell: ({ person }) => person },
              { heading: 'name', cell: ({ name }) => printable(name) },
              { heading: 'answers', align: 'right', cell: ({ load }) => String(load.answers) },
              { heading: 'open', align: 'right', cell: ({ load }) => String(load.open) },
              { heading: 'looked', align: 'right', cell: ({ dwell }) => seconds(dwell.medianSeconds) },
              { heading: 'unseen', align: 'right', cell: ({ dwell }) => String(dwell.unseen) },
              { heading: 'no or edit', align: 'right', cell: ({ notApproved }) => percent(notApproved) },
              { heading: 'overruled', align: 'right', cell: ({ overruled }) => percent(overruled.rate) },
              {
                heading: 'checks',
                cell: ({ checks: { caught, missed, refresher } }) =>
                  `${caught} of ${caught + missed}${refresher ? ', refresher' : ''}`,
              },
            ],
            { width: session.width, heading: session.paint.dim },
          ),
          ...(found.next === null ? [] : ['', `more: \`--cursor ${found.next}\` goes on`]),
        ]);
      }),
    );
}
