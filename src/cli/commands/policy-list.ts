import { Command } from 'commander';
import { examples } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { count, moment } from '../humane.ts';
import { PolicyList, short, type PolicyVersion } from '../policy-words.ts';
import { printable } from '../printable.ts';
import { table } from '../table.ts';

export function policyListCommand(cli: Cli): Command {
  return new Command('list')
    .summary('all versions of the set of policies, newest first')
    .description(
      'Lists every version of the policies: which is enforced, which watches beside it (log-only), and how far the others are on ' +
        'the way draft, back-tested, log-only, enforced, superseded.',
    )
    .addHelpText('after', examples(['reeve policy list', 'which law is in force, and what is on its way']))
    .action((_: object, command: Command) =>
      cli.run(command, async (session) => {
        const { paint, width } = session;
        const list = await connect(session).get('/v1/policies', PolicyList);
        session.answer(list, () => [
          ...table<PolicyVersion>(
            list.items,
            [
              { heading: 'digest', cell: ({ digest }) => short(digest) },
              {
                heading: 'state',
                cell: ({ state }) => state,
                paint: (text, { state }) => (state === 'enforced' ? paint.good(text) : text),
              },
              { heading: 'number', align: 'right', cell: ({ enforcement }) => String(enforcement?.number ?? '-') },
              { heading: 'policies', align: 'right', cell: ({ policies }) => count(policies.length) },
              { heading: 'back-test', cell: backTest, paint: (text, { stale }) => (stale ? paint.warn(text) : text) },
              { heading: 'drafted', cell: ({ draftedAt }) => moment(draftedAt) },
              { heading: 'reason', cell: ({ reason }) => printable(reason) },
            ],
            { width, heading: paint.dim },
          ),
          ...(list.shipped === null
            ? []
            : [
                '',
                paint.warn(
                  `this release came with other policies than those in force: ${short(list.shipped)}; nothing enforces them but people`,
                ),
              ]),
        ]);
      }),
    );
}

function backTest({ backTest: found, stale }: PolicyVersion): string {
  if (found === null) return '-';
  return stale ? 'stale' : `${count(found.flipped)} flips, ${count(found.newlyAllowed)} allow more`;
}
