import { Command, Option } from 'commander';
import { examples, wholeNumber } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { IncidentPage } from '../freedom-answers.ts';
import { relative } from '../humane.ts';
import { table } from '../table.ts';

export function incidentListCommand(cli: Cli): Command {
  return new Command('list')
    .summary('what went wrong')
    .description('Lists incidents, oldest first: how bad, of whom, and whether it is lifted.')
    .addOption(new Option('--state <state>', 'only those that stand there').choices(['open', 'lifted', 'noted']))
    .option('--limit <incidents>', 'most to list', wholeNumber(1, 500), 20)
    .option('--cursor <cursor>', 'go on where a page ended')
    .addHelpText('after', examples(['reeve incident list --state open', 'what still holds an agent down']))
    .action((options: { state?: string; limit: number; cursor?: string }, command: Command) =>
      cli.run(command, async (session) => {
        const found = await connect(session).get('/v1/incidents', IncidentPage, { ...options });
        const now = Date.now();
        session.answer(found, () => [
          ...table(
            found.items,
            [
              { heading: 'incident', cell: ({ id }) => id },
              { heading: 'severity', align: 'right', cell: ({ severity }) => String(severity) },
              { heading: 'state', cell: ({ state }) => state },
              { heading: 'when', cell: ({ at }) => relative(at, now) },
              { heading: 'agent', cell: ({ agent }) => agent },
              { heading: 'tool', cell: ({ tool }) => tool ?? 'every tool' },
              { heading: 'what', cell: ({ what }) => what },
            ],
            { width: session.width, heading: session.paint.dim },
          ),
          ...(found.next === null ? [] : ['', `more: \`--cursor ${found.next}\` goes on`]),
        ]);
      }),
    );
}
