import { Command } from 'commander';
import { examples } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { PersonAdded } from '../people-answers.ts';

interface Options {
  readonly email: string;
  readonly team: readonly string[];
  readonly tenant: readonly string[];
  readonly reason: string;
}

export function personAddCommand(cli: Cli): Command {
  const collect = (one: string, before: readonly string[]) => [...before, one];
  return new Command('add')
    .summary('add a person who may look')
    .description(
      'Adds a person, and prints a link by which they sign in: once, within 15 minutes. They may look where `--tenant` says; ' +
        'every other role comes by `reeve person grant`, which takes a second person.',
    )
    .argument('<name>', 'how they are shown')
    .requiredOption('--email <address>', 'what they sign in with')
    .option('--tenant <tenant>', 'where they may look, `*` for everywhere; may be said again', collect, [])
    .option('--team <team>', 'a team that they are in; may be said again', collect, [])
    .requiredOption('--reason <reason>', 'why; goes on record')
    .addHelpText(
      'after',
      examples([
        'reeve person add "Ada Byron" --email ada@example.org --tenant finance --reason "new auditor"',
        'one more',
      ]),
    )
    .action((name: string, { email, team, tenant, reason }: Options, command: Command) =>
      cli.run(command, async (session) => {
        const client = connect(session);
        const wish = { name, email, teams: team, tenants: tenant, reason };
        const added = await client.post('/v1/people', PersonAdded, JSON.stringify(wish));
        const link = `${client.url}${added.link.path}`;
        session.answer({ ...added, link }, () => [
          `${added.person} is there. They sign in, once, within 15 minutes, by`,
          `  ${link}`,
        ]);
      }),
    );
}
