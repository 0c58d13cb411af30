import { Command, Option } from 'commander';
import { MotionAnswer } from '../answers.ts';
import { examples } from '../argument.ts';
import { budgetName, readAmount } from '../budget-words.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { sayMotion } from '../motion-words.ts';

interface Options {
  readonly measure: string;
  readonly cap: string;
  readonly per: string;
  readonly window: string;
  readonly atLimit: string;
  readonly agent?: string;
  readonly role?: string;
  readonly of?: string;
  readonly reason: string;
}

export function budgetSetCommand(cli: Cli): Command {
  return new Command('set')
    .argument('<budget>', 'tenant and name, such as `north/daily-money`; `platform/...` is of every tenant', budgetName)
    .summary('set a budget')
    .description(
      'Sets a budget, or changes one. Adding one, lowering a cap, covering more and refusing instead of asking hold at once; ' +
        'everything else waits until a second person wants it too.',
    )
    .requiredOption('--measure <measure>', '`money:EUR`, `calls`, `effects`, or what tools declare, such as `tokens`')
    .requiredOption('--cap <amount>', 'the most: 500 or 500.00 for money, a whole number for all else')
    .addOption(
      new Option('--per <what>', 'what has an account of its own')
        .choices(['everything', 'tenant', 'agent', 'tree', 'run'])
        .default('tenant'),
    )
    .addOption(new Option('--window <window>', 'in UTC').choices(['ever', 'day', 'week', 'month']).default('day'))
    .addOption(
      new Option('--at-limit <what>', 'what becomes of what it has no room for')
        .choices(['refuse', 'ask'])
        .default('refuse'),
    )
    .option('--agent <name>', 'only what this agent does')
    .option('--role <role>', 'only what agents of this role do')
    .option('--of <tenant>', 'of a budget of every tenant: only what is done in this one')
    .requiredOption('--reason <reason>', 'why; goes on record')
    .addHelpText(
      'after',
      examples(
        [
          'reeve budget set north/daily-money --measure money:EUR --cap 5000 --per agent --reason "pilot"',
          'at most 5,000.00 EUR a day for each agent',
        ],
        [
          'reeve budget set north/effects --measure effects --cap 20 --per tree --window ever --at-limit ask --reason "chains"',
          'what comes of one event does 20 things at most, then people are asked',
        ],
      ),
    )
    .action((which: ReturnType<typeof budgetName>, options: Options, command: Command) =>
      cli.run(command, async (session) => {
        const { measure, per, window, atLimit, agent, role, of: tenant, reason } = options;
        const of = { ...(tenant && { tenant }), ...(agent && { agent }), ...(role && { role }) };
        const terms = { of, per, measure, cap: readAmount(options.cap, measure), window, atLimit };
        const motion = await connect(session).post(
          '/v1/budgets',
          MotionAnswer,
          JSON.stringify({ ...which, terms, reason }),
        );
        session.answer(motion, () => sayMotion(motion));
      }),
    );
}
