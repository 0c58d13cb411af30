import { Command } from 'commander';
import { examples } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { ReviewAnswer } from '../freedom-answers.ts';

/** `ok` and `not-ok` are one thing with two names. */
export function reviewAnswerCommands(cli: Cli): readonly Command[] {
  return (['ok', 'not-ok'] as const).map((answer) =>
    new Command(answer)
      .argument('<review>', 'as `reeve review list` names it')
      .summary(answer === 'ok' ? 'it was right' : 'it was wrong')
      .description(
        answer === 'ok'
          ? 'Says that what was done was right. It is evidence for the agent, unless it comes after its time.'
          : 'Says that what was done was wrong. It is evidence against the agent, whenever it comes.',
      )
      .requiredOption('--reason <reason>', 'why; goes on record')
      .addHelpText('after', examples([`reeve review ${answer} REVIEW --reason "compared with the file"`, 'one act']))
      .action((review: string, { reason }: { reason: string }, command: Command) =>
        cli.run(command, async (session) => {
          const path = `/v1/reviews/${encodeURIComponent(review)}/answer`;
          const found = await connect(session).post(path, ReviewAnswer, JSON.stringify({ answer, reason }));
          session.answer(found, () => [
            `on record: ${answer}${found.late ? ', after its time' : ''}`,
            ...(answer === 'not-ok' ? ['if it did harm: reeve incident report'] : []),
          ]);
        }),
      ),
  );
}
