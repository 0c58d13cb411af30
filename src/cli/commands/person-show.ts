import { Command } from 'commander';
import { examples } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { PersonAnswer } from '../people-answers.ts';
import { sayGrant } from '../people-words.ts';
import { printable } from '../printable.ts';

export function personShowCommand(cli: Cli): Command {
  return new Command('show')
    .summary('a person: teams, roles, accounts')
    .description('Shows a person: their teams, their roles and where, and how many accounts they sign in with.')
    .argument('<person>', 'their id, `per_...`')
    .addHelpText('after', examples(['reeve person show per_0123456789abcdef0123456789abcdef', 'one of them']))
    .action((id: string, _: unknown, command: Command) =>
      cli.run(command, async (session) => {
        const person = await connect(session).get(`/v1/people/${encodeURIComponent(id)}`, PersonAnswer);
        session.answer(person, () => [
          `${session.paint.bold(printable(person.name))} ${printable(person.email)}, ${person.state}`,
          ...(person.sameAs === null ? [] : [`  is the same human as ${person.sameAs}`]),
          `  teams: ${person.teams.length === 0 ? 'none' : person.teams.map(printable).join(', ')}`,
          `  accounts: ${person.accounts}`,
          ...person.grants.map((grant) => `  ${sayGrant(grant)}`),
        ]);
      }),
    );
}
