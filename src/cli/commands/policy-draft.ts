import { Command } from 'commander';
import { examples } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { counted } from '../humane.ts';
import { PolicyVersion } from '../policy-words.ts';

export function policyDraftCommand(cli: Cli): Command {
  return new Command('draft')
    .summary('take a folder of policies as a draft')
    .argument('<dir>', 'the folder: *.cedar, one *.cedarschema, rules.json and tests/*.json')
    .requiredOption('--reason <reason>', 'why; goes on record')
    .description(
      'Sends a folder of policies to the platform that runs, as a draft: a version of the whole set, with you as its author. It ' +
        'must parse, fit what tenants forbid beyond it, and pass its own tests. Nothing that is in force changes.',
    )
    .addHelpText(
      'after',
      examples(
        ['reeve policy draft ./law --reason "no mail at night"', 'the first step'],
        ['reeve policy backtest ./law', 'the next: what it would have changed'],
      ),
    )
    .action((dir: string, { reason }: { reason: string }, command: Command) =>
      cli.run(command, async (session) => {
        const { readPolicySet } = await import('../../govern/index.ts');
        const sources = readPolicySet(dir);
        const version = await connect(session).post(
          '/v1/policies',
          PolicyVersion,
          JSON.stringify({ ...sources, reason }),
        );
        session.answer(version, () => [
          `${version.state}: ${version.digest}, ${counted(version.policies.length, 'policy', 'policies')}`,
        ]);
      }),
    );
}
