import { Command, Option } from 'commander';
import { Approval } from '../approval-answers.ts';
import { examples } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';

export function approvalAskCommand(cli: Cli): Command {
  return new Command('ask')
    .summary('ask for more before you answer, or answer what was asked')
    .description(
      'Puts a remark on record with the question. Approvers ask whoever wants it or the team that owns the agent; those answer ' +
        'with `--to approvers`. Its time goes on.',
    )
    .argument('<approval>', 'its id, `apr_...`')
    .argument('<text>', 'what you want to know, or to say')
    .addOption(
      new Option('--to <whom>', 'whom').choices(['requester', 'agent-owner', 'approvers']).default('agent-owner'),
    )
    .addHelpText(
      'after',
      examples(['reeve approval ask APPROVAL "which contract is it?"', 'the agent’s owner sees it']),
    )
    .action((id: string, text: string, { to }: { to: string }, command: Command) =>
      cli.run(command, async (session) => {
        const path = `/v1/approvals/${encodeURIComponent(id)}/remarks`;
        const approval = await connect(session).post(path, Approval, JSON.stringify({ to, text }));
        session.answer(approval, () => [`on record, to ${to}`]);
      }),
    );
}
