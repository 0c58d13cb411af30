import { Command, Option } from 'commander';
import { z } from 'zod';
import { examples, wholeNumber } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { GrantAnswer, ProposedAnswer } from '../freedom-answers.ts';
import { sayMotion } from '../motion-words.ts';

interface Options {
  readonly tenant: string;
  readonly agent?: string;
  readonly tool?: string;
  readonly lift: readonly string[];
  readonly minutes: number;
  readonly alone: boolean;
  readonly reason: string;
}

export function breakGlassOpenCommand(cli: Cli): Command {
  return new Command('open')
    .summary('let acts through in an emergency, for an hour at most')
    .description(
      'Lets through what people would have to approve, for one agent, one tool or both. Two people do it; or, with `--alone`, one ' +
        'at once, and somebody else reviews it within 24 hours: until then whoever was not reviewed opens nothing more. A stop ' +
        'still stops, everything is on record, and what nobody may lift stays.',
    )
    .requiredOption('--tenant <tenant>', 'where')
    .option('--agent <agent>', 'whose acts')
    .option('--tool <tool>', 'with which tool')
    .requiredOption('--lift <policies...>', 'ids of the policies that ask')
    .requiredOption('--minutes <minutes>', 'for how long', wholeNumber(1, 60))
    .option('--alone', 'at once, without a second person', false)
    .requiredOption('--reason <reason>', 'why; goes on record')
    .addHelpText(
      'after',
      examples([
        'reeve break-glass open --tenant finance --agent payroll.all --lift every-act-approved --minutes 30 --alone --reason "payroll is late"',
        'half an hour, reviewed afterwards',
      ]),
    )
    .action(({ lift, agent, tool, ...rest }: Options, command: Command) =>
      cli.run(command, async (session) => {
        const body = JSON.stringify({ ...rest, lifts: lift, agent: agent ?? null, tool: tool ?? null });
        const found = await connect(session).post('/v1/break-glass', z.union([GrantAnswer, ProposedAnswer]), body);
        session.answer(found, () => {
          if (!('form' in found)) return sayMotion(found as z.infer<typeof ProposedAnswer>);
          const { id, until, review } = found as z.infer<typeof GrantAnswer>;
          return [
            `${id} is open until ${until}; to end it: reeve grant revoke ${id} --reason ...`,
            `somebody else has to review it by ${review?.dueAt ?? ''}: reeve break-glass review ${id}`,
          ];
        });
      }),
    );
}

export function breakGlassReviewCommand(cli: Cli): Command {
  return new Command('review')
    .argument('<grant>', 'as `reeve grant list` names it')
    .summary('say whether breaking the glass was justified')
    .description('Puts on record what somebody else than who broke the glass thinks of it.')
    .addOption(
      new Option('--answer <answer>', 'whether it was').choices(['justified', 'not-justified']).makeOptionMandatory(),
    )
    .requiredOption('--reason <reason>', 'why; goes on record')
    .addHelpText(
      'after',
      examples(['reeve break-glass review GRANT --answer justified --reason "nobody else was there"', 'one opening']),
    )
    .action((grant: string, { answer, reason }: { answer: string; reason: string }, command: Command) =>
      cli.run(command, async (session) => {
        const path = `/v1/break-glass/${encodeURIComponent(grant)}/review`;
        const found = await connect(session).post(path, GrantAnswer, JSON.stringify({ answer, reason }));
        session.answer(found, () => [`on record: ${answer}`]);
      }),
    );
}
