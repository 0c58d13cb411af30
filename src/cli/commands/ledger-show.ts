import { Command } from 'commander';
import { EntryWithReceipt } from '../answers.ts';
import { examples, wholeNumber } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { headline } from '../entry-line.ts';
import { count } from '../humane.ts';
import { printable } from '../printable.ts';

export function ledgerShowCommand(cli: Cli): Command {
  return new Command('show')
    .summary('one entry, whole')
    .description('Prints an entry of the ledger with all that it holds, and whether it is sealed.')
    .argument('<seq>', 'its number', wholeNumber(1, 1e15))
    .addHelpText('after', examples(['reeve ledger show 42', 'what entry 42 says']))
    .action((seq: number, _: unknown, command: Command) =>
      cli.run(command, async (session) => {
        const found = await connect(session).get(`/v1/entries/${seq}`, EntryWithReceipt);
        const { entry, receipt } = found;
        const { dim, bold } = session.paint;
        const fields: [string, string][] = [
          ['at', entry.at],
          ['tenant', entry.tenant],
          ['agent', entry.agent ?? '-'],
          ['run', entry.run ?? '-'],
          [
            'sealed',
            receipt === null
              ? 'not yet'
              : `under the checkpoint of ${count(receipt.checkpoint.size)} entries; \`reeve ledger proof ${seq}\` proves it`,
          ],
        ];
        session.answer(found, () => [
          `${bold(`entry ${seq}`)}  ${entry.kind}: ${headline(entry, session.paint)}`,
          ...fields.map(([name, text]) => `  ${dim(name.padEnd(6))}  ${text}`),
          '',
          ...JSON.stringify(entry.body, null, 2).split('\n').map(printable),
        ]);
      }),
    );
}
