import { Command } from 'commander';
import { MotionAnswer } from '../answers.ts';
import { examples } from '../argument.ts';
import { budgetName } from '../budget-words.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { sayMotion } from '../motion-words.ts';

export function budgetRemoveCommand(cli: Cli): Command {
  return new Command('remove')
    .argument('<budget>', 'tenant and name, such as `north/daily-money`', budgetName)
    .summary('remove a budget; needs a second person')
    .description(
      'Proposes that a budget is removed, which holds when a second person wants it too. What was spent stays on record, and counts ' +
        'again if it is set once more in the same window.',
    )
    .requiredOption('--reason <reason>', 'why; goes on record')
    .addHelpText(
      'after',
      examples(['reeve budget remove north/daily-money --reason "pilot is over"', 'no cap any more']),
    )
    .action((which: ReturnType<typeof budgetName>, { reason }: { reason: string }, command: Command) =>
      cli.run(command, async (session) => {
        const motion = await connect(session).post(
          '/v1/budgets',
          MotionAnswer,
          JSON.stringify({ ...which, terms: null, reason }),
        );
        session.answer(motion, () => sayMotion(motion));
      }),
    );
}
