import { Command } from 'commander';
import { examples } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { GrantAnswer } from '../freedom-answers.ts';

export function grantRevokeCommand(cli: Cli): Command {
  return new Command('revoke')
    .argument('<grant>', 'as `reeve grant list` names it')
    .summary('end a grant or broken glass at once')
    .description('Ends it. One person is enough, and it holds when this command ends.')
    .requiredOption('--reason <reason>', 'why; goes on record')
    .addHelpText('after', examples(['reeve grant revoke GRANT --reason "the rush is over"', 'one grant']))
    .action((grant: string, { reason }: { reason: string }, command: Command) =>
      cli.run(command, async (session) => {
        const path = `/v1/grants/${encodeURIComponent(grant)}/revoke`;
        const found = await connect(session).post(path, GrantAnswer, JSON.stringify({ reason }));
        session.answer(found, () => [
          `${found.id} is over`,
          ...(found.state === 'to-review' ? ['somebody else still has to review it: reeve break-glass review'] : []),
        ]);
      }),
    );
}
