import { Command } from 'commander';
import { ApprovalInFull } from '../approval-answers.ts';
import { sayApproval } from '../approval-words.ts';
import { examples } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';

export function approvalShowCommand(cli: Cli): Command {
  return new Command('show')
    .summary('exactly what would be executed, and why it was stopped')
    .description(
      'Shows one question: what would be executed, byte for byte, with hidden characters written out; why it was stopped; who ' +
        'answers, and what happens when nobody does. From now on it counts as shown to you.',
    )
    .argument('<approval>', 'its id, `apr_...`')
    .addHelpText('after', examples(['reeve approval show apr_0123456789abcdef0123456789abcdef', 'before you answer']))
    .action((id: string, _: unknown, command: Command) =>
      cli.run(command, async (session) => {
        const approval = await connect(session).get(`/v1/approvals/${encodeURIComponent(id)}`, ApprovalInFull);
        session.answer(approval, () => sayApproval(approval, session.paint, Date.now()));
      }),
    );
}
