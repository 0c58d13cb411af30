import { Command } from 'commander';
import { BudgetList, type Budget } from '../answers.ts';
import { examples } from '../argument.ts';
import { showAmount } from '../budget-words.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { table } from '../table.ts';

export function budgetListCommand(cli: Cli): Command {
  return new Command('list')
    .summary('budgets in force, and the least that is left')
    .description('Lists the budgets in force, each with what is left in its fullest account in the window that is now.')
    .addHelpText('after', examples(['reeve budget list', 'what is capped, and how near the caps are']))
    .action((_: object, command: Command) =>
      cli.run(command, async (session) => {
        const { items } = await connect(session).get('/v1/budgets', BudgetList);
        session.answer(items, () =>
          items.length === 0
            ? ['no budget is in force: `reeve budget set --help` shows how to set one']
            : table<Budget>(
                items,
                [
                  { heading: 'budget', cell: ({ id }) => id },
                  { heading: 'says', cell: ({ says }) => says },
                  { heading: 'window', cell: ({ period }) => period },
                  { heading: 'least left', align: 'right', cell: leastLeft },
                  { heading: 'in', cell: ({ accounts }) => accounts[0]?.of ?? '-' },
                ],
                { width: session.width, heading: session.paint.dim },
              ),
        );
      }),
    );
}

function leastLeft({ accounts, terms }: Budget): string {
  return showAmount(accounts[0]?.left ?? terms.cap, terms.measure);
}
