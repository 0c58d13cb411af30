import { Command } from 'commander';
import { examples } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { counted } from '../humane.ts';
import { Proposed, sayProposed, short, versionNamed } from '../policy-words.ts';

export function policyEnforceCommand(cli: Cli): Command {
  return new Command('enforce')
    .summary('propose that a set of policies is put in force')
    .argument('<set>', '`shipped`, `log-only`, or the beginning of its digest')
    .requiredOption('--reason <reason>', 'why; goes on record')
    .description(
      'Proposes that a set which was back-tested is enforced. It is when a second person, who is not its author, seconds it; with ' +
        'one operator only, after a delay. From then on every intent is judged by it, and what people were asked before is asked anew.',
    )
    .addHelpText(
      'after',
      examples(['reeve policy enforce sha256:4f1a --reason "tested, watched for a week"', 'the one that begins so']),
    )
    .action((name: string, { reason }: { reason: string }, command: Command) =>
      cli.run(command, async (session) => {
        const client = connect(session);
        const { digest, backTest } = await versionNamed(name, client);
        const motion = await client.post(`/v1/policies/${digest}/enforce`, Proposed, JSON.stringify({ reason }));
        session.answer(motion, () => [
          ...sayProposed(motion),
          ...((backTest?.newlyAllowed ?? 0) === 0
            ? []
            : [
                session.paint.bad(
                  `by its back-test it would have allowed more in ${counted(backTest?.newlyAllowed ?? 0, 'case')}`,
                ),
              ]),
        ]);
      }),
    );
}

export function policyStepBackCommand(cli: Cli): Command {
  return new Command('step-back')
    .summary('propose to go back to the policies before those in force')
    .requiredOption('--reason <reason>', 'why; goes on record')
    .description(
      'Proposes that the set that was in force before is enforced again. It needs no new back-test, but a second person.',
    )
    .addHelpText('after', examples(['reeve policy step-back --reason "mail is stuck"', 'one step, at any time']))
    .action(({ reason }: { reason: string }, command: Command) =>
      cli.run(command, async (session) => {
        const motion = await connect(session).post('/v1/policies/step-back', Proposed, JSON.stringify({ reason }));
        session.answer(motion, () => sayProposed(motion));
      }),
    );
}

export function policyLogOnlyCommand(cli: Cli): Command {
  return new Command('log-only')
    .summary('let a set of policies watch beside those in force')
    .argument('<set>', '`shipped`, `log-only`, or the beginning of its digest')
    .option('--end', 'no longer: that needs a second person')
    .requiredOption('--reason <reason>', 'why; goes on record')
    .description(
      'Lets a set that was back-tested judge every intent beside the one in force, without deciding anything. `reeve policy log` ' +
        'shows what it would have said otherwise. One set watches at a time.',
    )
    .addHelpText(
      'after',
      examples(['reeve policy log-only sha256:4f1a --reason "a week, to see"', 'before it is enforced']),
    )
    .action((name: string, { end, reason }: { end?: true; reason: string }, command: Command) =>
      cli.run(command, async (session) => {
        const client = connect(session);
        const { digest } = await versionNamed(name, client);
        const wish = JSON.stringify({ watches: end !== true, reason });
        const motion = await client.post(`/v1/policies/${digest}/log-only`, Proposed, wish);
        session.answer(motion, () => [
          ...sayProposed(motion),
          ...(end === true ? [] : [`\`reeve policy log ${short(digest)}\` shows what it would have said otherwise`]),
        ]);
      }),
    );
}
