import { Command } from 'commander';
import { describeConfig } from '../../host/index.ts';
import { examples } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { table } from '../table.ts';

export function configShowCommand(cli: Cli): Command {
  return new Command('show')
    .summary('every setting: what is in force, its default, and why')
    .description(
      'Shows every setting as a command started here would find it. Options win over the environment, which wins over the defaults. Secrets are not shown.',
    )
    .addHelpText('after', examples(['REEVE_PORT=8080 reeve config show', 'what that variable changes']))
    .action((_: unknown, command: Command) =>
      cli.run(command, (session) => {
        const settings = describeConfig(session.config);
        session.answer(settings, () =>
          table(
            settings,
            [
              { heading: 'variable', cell: ({ variable }) => variable },
              {
                heading: 'in force',
                cell: ({ value }) => String(value ?? '-'),
                paint: (text, row) => (row.value === row.default ? text : session.paint.bold(text)),
              },
              { heading: 'default', cell: (row) => String(row.default ?? '-') },
              { heading: 'why', cell: ({ why }) => why },
            ],
            { width: session.width, heading: session.paint.dim },
          ),
        );
      }),
    );
}
