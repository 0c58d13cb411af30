import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { checkReceipt, readVerifierKey } from '../../ledger/index.ts';
import { GiveUp, messageOf, RetryLater } from '../../vocabulary/index.ts';
import { EntryWithReceipt } from '../answers.ts';
import { examples, wholeNumber } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';

export function ledgerProofCommand(cli: Cli): Command {
  return new Command('proof')
    .summary('proof that one entry is on record')
    .description(
      'Prints the proof that an entry is under a signed checkpoint, as a c2sp.org/tlog-proof file, after checking it here with ' +
        'the public key of the data folder. Whoever has the entry, this file and the key can check it without us.',
    )
    .argument('<seq>', "the entry's number", wholeNumber(1, 1e15))
    .addHelpText('after', examples(['reeve ledger proof 42 > 42.tlog-proof', 'for somebody who doubts entry 42']))
    .action((seq: number, _: unknown, command: Command) =>
      cli.run(command, async (session) => {
        const found = await connect(session).get(`/v1/entries/${seq}`, EntryWithReceipt);
        if (found.receipt === null) {
          throw new RetryLater('not-ready', `entry ${seq} is not sealed yet`, { fix: 'ask again in a second' });
        }
        const checked = checkReceipt(found.text, found.receipt.proof, keyOf(session.config.dataDir));
        if (!checked.ok || checked.seq !== seq) {
          const why = checked.ok ? `it is of entry ${checked.seq}` : checked.why;
          throw new GiveUp('verification-failed', `the proof of entry ${seq} does not hold: ${why}`, {
            fix: 'export the ledger and run `reeve ledger verify` on it',
          });
        }
        session.note(`checked: entry ${seq} is under the signed root of ${checked.checkpoint.size} entries`);
        session.answer({ seq, text: found.text, proof: found.receipt.proof }, () => [
          found.receipt?.proof.trimEnd() ?? '',
        ]);
      }),
    );
}

function keyOf(dataDir: string) {
  const path = join(dataDir, 'keys', 'ledger.pub');
  try {
    const key = readVerifierKey(readFileSync(path, 'utf8').trim());
    if (key !== null) return key;
  } catch (cause) {
    throw new GiveUp('not-found', `cannot read the public key \`${path}\`: ${messageOf(cause)}`, { cause });
  }
  throw new GiveUp('bad-config', `\`${path}\` holds no public key of a ledger`);
}
