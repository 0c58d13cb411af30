import { Command } from 'commander';
import { examples } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { moment } from '../humane.ts';
import { MotionSaid } from '../people-answers.ts';
import { printable } from '../printable.ts';

export function motionShowCommand(cli: Cli): Command {
  return new Command('show')
    .summary('a change, exactly, and where it stands')
    .description('Shows a change: what exactly it would do, who wants it and why, and what became of it.')
    .argument('<motion>', 'its id, `mot_...`')
    .addHelpText('after', examples(['reeve motion show mot_0123456789abcdef0123456789abcdef', 'before seconding it']))
    .action((id: string, _: unknown, command: Command) =>
      cli.run(command, async (session) => {
        const motion = await connect(session).get(`/v1/motions/${encodeURIComponent(id)}`, MotionSaid);
        const { paint } = session;
        session.answer(motion, () => [
          `${paint.bold(printable(motion.says))}  ${motion.state}${motion.why === '' ? '' : `: ${printable(motion.why)}`}`,
          `  ${paint.dim('kind    ')}  ${printable(motion.kind)}, tenant ${printable(motion.tenant)}`,
          `  ${paint.dim('because ')}  ${printable(motion.reason)}`,
          `  ${paint.dim('wanted  ')}  by ${motion.by} at ${moment(motion.at)} UTC`,
          ...(motion.secondedBy === null ? [] : [`  ${paint.dim('seconded')}  by ${motion.secondedBy}`]),
          ...(motion.dueAt === null ? [] : [`  ${paint.dim('until   ')}  ${moment(motion.dueAt)} UTC`]),
          `  ${paint.dim('exactly ')}  ${printable(JSON.stringify(motion['body']))}`,
        ]);
      }),
    );
}
