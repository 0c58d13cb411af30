import { Command } from 'commander';
import { examples } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { TokenAnswer } from '../people-answers.ts';

export function tokenRevokeCommand(cli: Cli): Command {
  return new Command('revoke')
    .summary('revoke an access token, for good')
    .description('Revokes an access token of yours; an administrator may revoke anybody’s. It holds at once.')
    .argument('<token>', 'its id, `tok_...`, not the token itself')
    .addHelpText(
      'after',
      examples(['reeve token revoke tok_0123456789abcdef0123456789abcdef', 'it opens nothing more']),
    )
    .action((id: string, _: unknown, command: Command) =>
      cli.run(command, async (session) => {
        const token = await connect(session).post(`/v1/tokens/${encodeURIComponent(id)}/revoke`, TokenAnswer, '');
        session.answer(token, () => [`${token.id} is ${token.state}`]);
      }),
    );
}
