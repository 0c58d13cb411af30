import { Command } from 'commander';
import { Misuse } from '../../vocabulary/index.ts';
import { examples } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { LinkAnswer, Me, MotionSaid } from '../people-answers.ts';
import { sayChange } from '../people-words.ts';

export function personSignInLinkCommand(cli: Cli): Command {
  return new Command('sign-in-link')
    .summary('a link to sign in by: for yourself, or for somebody else')
    .description(
      'Prints a link that signs in whoever opens it first, once, within 15 minutes. Without a person it is for yourself. For ' +
        'somebody else two people must have wanted it: with `--reason` it is proposed, and without, made once it was carried.',
    )
    .argument('[person]', 'their id, `per_...`')
    .option('--reason <reason>', 'proposes a link for somebody else; goes on record')
    .addHelpText(
      'after',
      examples(
        ['reeve person sign-in-link', 'for yourself'],
        ['reeve person sign-in-link PERSON --reason "lost the password"', 'for somebody else: propose it'],
      ),
    )
    .action((person: string | undefined, { reason }: { reason?: string }, command: Command) =>
      cli.run(command, async (session) => {
        const client = connect(session);
        if (reason !== undefined) {
          if (person === undefined)
            throw new Misuse('bad-request', 'it is not said for whom', { fix: 'name a person' });
          const wish = { kind: 'person.sign-in-link', body: { person }, reason };
          const motion = await client.post('/v1/motions', MotionSaid, JSON.stringify(wish));
          session.answer(motion, () => sayChange(motion, session.paint));
          return;
        }
        const of = person ?? (await client.get('/v1/me', Me)).person;
        const { path } = await client.post(`/v1/people/${encodeURIComponent(of)}/sign-in-link`, LinkAnswer, '');
        const link = `${client.url}${path}`;
        session.answer({ link }, () => [link]);
      }),
    );
}
