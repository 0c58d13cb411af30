import { Command } from 'commander';
import { examples, wholeNumber } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { NewToken } from '../people-answers.ts';

interface Options {
  readonly scope: readonly string[];
  readonly days: number;
}

export function tokenMakeCommand(cli: Cli): Command {
  return new Command('make')
    .summary('make an access token for a program of yours')
    .description(
      'Makes an access token and prints it, this once. It may what you may, or with `--scope` only that, and never more.',
    )
    .argument('<name>', 'what it is for')
    .option(
      '--scope <right>',
      'a right that it has; may be said again',
      (one, before: readonly string[]) => [...before, one],
      [],
    )
    .option('--days <days>', 'how long it holds', wholeNumber(1, 365), 90)
    .addHelpText(
      'after',
      examples(['reeve token make ci --scope record.read --days 30', 'for a pipeline that only looks']),
    )
    .action((name: string, { scope, days }: Options, command: Command) =>
      cli.run(command, async (session) => {
        const wish = { name, days, scopes: scope.length === 0 ? null : scope };
        const made = await connect(session).post('/v1/tokens', NewToken, JSON.stringify(wish));
        session.answer(made, () => [made.text]);
        session.note(`${made.token.id}, until ${made.token.expiresAt.slice(0, 10)}; it is not shown again`);
      }),
    );
}
