import { Command } from 'commander';
import { examples } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { AutonomyAnswer } from '../freedom-answers.ts';
import { relative } from '../humane.ts';
import { printable } from '../printable.ts';
import { table } from '../table.ts';

type Shown = AutonomyAnswer['items'][number];

export function autonomyShowCommand(cli: Cli): Command {
  return new Command('show')
    .argument('<agent>', 'name of the agent')
    .summary('how freely an agent acts, and what the next level takes')
    .description(
      'Shows the level of an agent for each of its tools, what it rests on, and what the ledger says of how it has done: acts ' +
        'that people found right, those found wrong, and those that nobody has looked at.',
    )
    .addHelpText('after', examples(['reeve autonomy show claims-intake.faculty-1', 'one agent']))
    .action((agent: string, _options: object, command: Command) =>
      cli.run(command, async (session) => {
        const path = `/v1/agents/${encodeURIComponent(agent)}/autonomy`;
        const found = await connect(session).get(path, AutonomyAnswer);
        const now = Date.now();
        session.answer(found, () => [
          ...table(
            found.items,
            [
              { heading: 'tool', cell: ({ tool }) => tool },
              { heading: 'level', cell: ({ level }) => level },
              { heading: 'declared', cell: ({ declared }) => declared },
              {
                heading: 'earned',
                cell: ({ promotion }) =>
                  promotion === null ? '-' : `${promotion.level}, ends ${relative(promotion.until, now)}`,
              },
              { heading: 'right', align: 'right', cell: ({ evidence }) => String(evidence.clean) },
              { heading: 'wrong', align: 'right', cell: ({ evidence }) => String(evidence.errors) },
              { heading: 'not looked at', align: 'right', cell: ({ evidence }) => String(evidence.unseen) },
              { heading: 'next', cell: nextOf },
            ],
            { width: session.width, heading: session.paint.dim },
          ),
          ...found.items.flatMap(({ tool, lost, ceilings }) => [
            ...(lost === null ? [] : [`${printable(tool)}: what it had earned is gone: ${printable(lost)}`]),
            ...ceilings.map(
              ({ id, level, reason }) => `${printable(tool)}: lowered to ${level} by ${id}: ${printable(reason)}`,
            ),
          ]),
        ]);
      }),
    );
}

function nextOf({ next }: Shown): string {
  if (next === null) return 'none above';
  if (next.needs === null) return `${next.level} is declared in code, not earned`;
  if (next.enough) return `${next.level}: there is enough`;
  return `${next.level} takes ${percent(next.needs.mostErrors)}, these show ${percent(next.bound ?? 1)}`;
}

/** Up, so that what is just too much does not read as just enough. */
function percent(share: number): string {
  return `${Math.ceil(Number((share * 10_000).toPrecision(12))) / 100} %`;
}
