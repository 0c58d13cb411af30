import { Command } from 'commander';
import { examples } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { count, moment } from '../humane.ts';
import { PolicyTexts, versionNamed } from '../policy-words.ts';
import { printable } from '../printable.ts';

export function policyShowCommand(cli: Cli): Command {
  return new Command('show')
    .summary('one version of the policies: its texts, and how far it is')
    .argument('<set>', '`enforced`, `log-only`, `shipped`, or the beginning of its digest')
    .description(
      'Shows a version of the policies: who wrote it and why, its back-test, when it was in force, and its text.',
    )
    .addHelpText('after', examples(['reeve policy show enforced', 'the law, word by word']))
    .action((name: string, _: object, command: Command) =>
      cli.run(command, async (session) => {
        const client = connect(session);
        const { digest } = await versionNamed(name, client);
        const set = await client.get(`/v1/policies/${digest}`, PolicyTexts);
        const { dim } = session.paint;
        const { backTest, enforcement } = set;
        const fields: (readonly [string, string])[] = [
          ['state', set.state],
          ['author', set.author ?? 'came with a release of Reeve'],
          ['reason', printable(set.reason)],
          ['drafted', `${moment(set.draftedAt)}${set.base === null ? '' : `, over ${set.base}`}`],
          [
            'back-test',
            backTest === null
              ? 'none'
              : `${set.stale ? 'stale: ' : ''}${count(backTest.flipped)} flips, ${count(backTest.newlyAllowed)} allow more, ` +
                `${count(backTest.unreplayable)} not judged again, against ${backTest.base}`,
          ],
          [
            'enforced',
            enforcement === null
              ? 'never'
              : `${moment(enforcement.at)}, number ${enforcement.number}, by ${enforcement.by.join(' and ') || 'the first start'}`,
          ],
        ];
        session.answer(set, () => [
          session.paint.bold(digest),
          ...fields.map(([field, text]) => `  ${dim(field.padEnd(9))}  ${text}`),
          '',
          // Its lines are kept, and nothing in them moves the cursor.
          ...set.sources.policies.split('\n').map((line) => printable(line)),
        ]);
      }),
    );
}
