import { Command } from 'commander';
import { examples } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { Me } from '../people-answers.ts';
import { sayGrant } from '../people-words.ts';
import { printable } from '../printable.ts';

export function whoamiCommand(cli: Cli): Command {
  return new Command('whoami')
    .summary('who you are, and what you may do where')
    .description(
      'Shows as whom the token comes in that commands use: the person, their roles, and each right with where it holds.',
    )
    .addHelpText(
      'after',
      examples(['reeve whoami', 'with the token in the data folder'], ['reeve whoami --token TOKEN', 'with this one']),
    )
    .action((_: unknown, command: Command) =>
      cli.run(command, async (session) => {
        const me = await connect(session).get('/v1/me', Me);
        const { paint } = session;
        session.answer(me, () => [
          `${paint.bold(printable(me.name))} ${me.person}, by ${me.via}`,
          ...me.grants.map((grant) => `  ${sayGrant(grant)}`),
          ...(me.teams.length === 0 ? [] : [`  in ${me.teams.map(printable).join(', ')}`]),
          ...Object.entries(me.rights).map(
            ([right, where]) =>
              `  ${paint.dim('may')} ${right.padEnd(18)} ${where === '*' ? 'everywhere' : where.map(printable).join(', ')}`,
          ),
        ]);
      }),
    );
}
