import { Command } from 'commander';
import { FenceAnswer } from '../answers.ts';
import { examples } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { printable } from '../printable.ts';

const SCOPES = '`everything`, `tenant:T`, `agent:A`, `tool:T` or `class:E3`';

/** `stop` and `resume` are one thing with two names: the fence of a scope, up or down. */
export function stopCommand(cli: Cli): Command {
  return fenceCommand(cli, 'stop', true)
    .summary('stop any part of the fleet, at once')
    .description(
      'Stops a part of the fleet. It holds when this command ends: nothing that was judged before passes the gate any more, ' +
        'and what is refused for it says so. It stays stopped, over restarts too, until `reeve resume`. Goes on record.',
    )
    .addHelpText(
      'after',
      examples(
        ['reeve stop tenant:finance --reason "wrong rates"', 'one business unit'],
        ['reeve stop everything --reason drill', 'all of it'],
      ),
    );
}

export function resumeCommand(cli: Cli): Command {
  return fenceCommand(cli, 'resume', false)
    .summary('lift a stop')
    .description('Lifts the stop of a scope, which is then judged by the policies again. Goes on record.')
    .addHelpText(
      'after',
      examples(['reeve resume tenant:finance --reason "rates are right"', 'after the cause is gone']),
    );
}

function fenceCommand(cli: Cli, name: string, stopped: boolean): Command {
  return new Command(name)
    .argument('<scope>', SCOPES)
    .requiredOption('--reason <reason>', 'why; goes on record')
    .action((scope: string, { reason }: { reason: string }, command: Command) =>
      cli.run(command, async (session) => {
        const client = connect(session.config.dataDir);
        const fence = await client.post('/v1/fences', FenceAnswer, JSON.stringify({ scope, stopped, reason }));
        const { paint } = session;
        session.answer(fence, () => [
          `${printable(fence.scope)} ${fence.stopped ? paint.bad('is stopped') : paint.good('is no longer stopped')}: ${printable(fence.reason)}`,
        ]);
      }),
    );
}
