import { Command } from 'commander';
import { Delegation, Delegations } from '../approval-answers.ts';
import { examples, timeSpan } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { relative } from '../humane.ts';
import { printable } from '../printable.ts';
import { table } from '../table.ts';

interface Options {
  readonly to: string;
  readonly tenant: string;
  readonly names?: readonly string[];
  readonly for: number;
  readonly reason: string;
}

export function approvalDelegateCommand(cli: Cli): Command {
  return new Command('delegate')
    .summary('let somebody answer for you')
    .description(
      'Lends approver names of yours to another approver, for a while. They answer for you as themselves: neither of you may be ' +
        'one whom the rule keeps out. What was lent to you can be passed on once.',
    )
    .requiredOption('--to <person>', 'their id, `per_...`')
    .requiredOption('--tenant <tenant>', 'where')
    .option('--names <names...>', 'approver names; without it all that you bear there')
    .requiredOption('--for <span>', 'for how long, at most 90 days: `12h`, `14d`', timeSpan)
    .requiredOption('--reason <reason>', 'why; goes on record')
    .addHelpText(
      'after',
      examples([
        'reeve approval delegate --to per_0123456789abcdef0123456789abcdef --tenant finance --for 14d --reason leave',
        '',
      ]),
    )
    .action(({ for: span, ...wish }: Options, command: Command) =>
      cli.run(command, async (session) => {
        const until = new Date(Date.now() + span).toISOString();
        const lent = await connect(session).post('/v1/delegations', Delegation, JSON.stringify({ ...wish, until }));
        session.answer(lent, () => [
          `${lent.id}: ${printable(lent.names.join(', '))} lent to ${lent.to}, over ${relative(lent.until, Date.now())}`,
        ]);
      }),
    );
}

export function delegationListCommand(cli: Cli): Command {
  return new Command('list')
    .summary('who answers for whom now')
    .description('Lists the delegations that are in force: who lent which approver names to whom, and until when.')
    .addHelpText('after', examples(['reeve delegation list', 'before you leave: is somebody there for you?']))
    .action((_: unknown, command: Command) =>
      cli.run(command, async (session) => {
        const { items } = await connect(session).get('/v1/delegations', Delegations);
        const now = Date.now();
        session.answer(items, () =>
          table(
            items,
            [
              { heading: 'delegation', cell: ({ id }) => id },
              { heading: 'tenant', cell: ({ tenant }) => tenant },
              { heading: 'from', cell: ({ from }) => from },
              { heading: 'to', cell: ({ to }) => to },
              { heading: 'as', cell: ({ names }) => names.join(', ') },
              { heading: 'over', cell: ({ until }) => relative(until, now) },
              { heading: 'reason', cell: ({ reason }) => reason },
            ],
            { width: session.width, heading: session.paint.dim },
          ),
        );
      }),
    );
}

export function delegationRevokeCommand(cli: Cli): Command {
  return new Command('revoke')
    .summary('take a delegation back')
    .description('Ends a delegation at once: yours, one to you, or with the right to manage people anybody’s.')
    .argument('<delegation>', 'its id, `dlg_...`')
    .requiredOption('--reason <reason>', 'why; goes on record')
    .addHelpText('after', examples(['reeve delegation revoke DELEGATION --reason "back early"', '']))
    .action((id: string, { reason }: { reason: string }, command: Command) =>
      cli.run(command, async (session) => {
        const path = `/v1/delegations/${encodeURIComponent(id)}/revoke`;
        const over = await connect(session).post(path, Delegation, JSON.stringify({ reason }));
        session.answer(over, () => [`${over.id} is ${over.state}`]);
      }),
    );
}
