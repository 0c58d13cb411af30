import { Command } from 'commander';
import { Misuse } from '../../vocabulary/index.ts';
import { BudgetList } from '../answers.ts';
import { examples } from '../argument.ts';
import { showAmount } from '../budget-words.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { printable } from '../printable.ts';
import { table } from '../table.ts';

export function budgetShowCommand(cli: Cli): Command {
  return new Command('show')
    .argument('<budget>', 'tenant and name, such as `north/daily-money`')
    .summary('one budget, with its accounts')
    .description('Shows a budget and its accounts in the window that is now, those with the least room first.')
    .addHelpText('after', examples(['reeve budget show north/daily-money', 'who has spent how much of it']))
    .action((id: string, _: object, command: Command) =>
      cli.run(command, async (session) => {
        const { items } = await connect(session).get('/v1/budgets', BudgetList);
        const budget = items.find((one) => one.id === id);
        if (budget === undefined) {
          throw new Misuse('not-found', `there is no budget \`${id}\``, { fix: '`reeve budget list` shows them' });
        }
        const { measure } = budget.terms;
        session.answer(budget, () => [
          `${budget.id}: ${budget.says}`,
          `because: ${printable(budget.reason)}`,
          `window: ${budget.period}`,
          '',
          ...table(
            budget.accounts,
            [
              { heading: 'account', cell: ({ of }) => of },
              { heading: 'spent', align: 'right', cell: ({ spent }) => showAmount(spent, measure) },
              { heading: 'reserved', align: 'right', cell: ({ reserved }) => showAmount(reserved, measure) },
              { heading: 'let pass', align: 'right', cell: ({ extra }) => showAmount(extra, measure) },
              { heading: 'overdrawn', align: 'right', cell: ({ overdrawn }) => showAmount(overdrawn, measure) },
              { heading: 'left', align: 'right', cell: ({ left }) => showAmount(left, measure) },
            ],
            { width: session.width, heading: session.paint.dim },
          ),
          ...(budget.more ? ['', 'and more accounts, with more room'] : []),
        ]);
      }),
    );
}
