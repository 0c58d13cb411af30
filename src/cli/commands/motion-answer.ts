import { Command } from 'commander';
import { examples } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { MotionSaid } from '../people-answers.ts';
import { sayChange } from '../people-words.ts';

export function motionSecondCommand(cli: Cli): Command {
  return new Command('second')
    .summary('want a change too: it is carried out')
    .description(
      'Wants a change that somebody else proposed: it is carried out at once. Needs the right that its kind names.',
    )
    .argument('<motion>', 'its id, `mot_...`')
    .addHelpText(
      'after',
      examples(['reeve motion second mot_0123456789abcdef0123456789abcdef', 'look at it first: show']),
    )
    .action((id: string, _: unknown, command: Command) =>
      cli.run(command, async (session) => {
        const motion = await connect(session).post(`/v1/motions/${encodeURIComponent(id)}/second`, MotionSaid, '');
        session.answer(motion, () => sayChange(motion, session.paint));
      }),
    );
}

export function motionWithdrawCommand(cli: Cli): Command {
  return new Command('withdraw')
    .summary('take a change back, or turn it down')
    .description('Withdraws a change of yours, or turns down one that you might second.')
    .argument('<motion>', 'its id, `mot_...`')
    .requiredOption('--reason <reason>', 'why; goes on record')
    .addHelpText('after', examples(['reeve motion withdraw MOTION --reason "no longer needed"', 'nothing is changed']))
    .action((id: string, { reason }: { reason: string }, command: Command) =>
      cli.run(command, async (session) => {
        const path = `/v1/motions/${encodeURIComponent(id)}/withdraw`;
        const motion = await connect(session).post(path, MotionSaid, JSON.stringify({ reason }));
        session.answer(motion, () => sayChange(motion, session.paint));
      }),
    );
}
