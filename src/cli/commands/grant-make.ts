import { Command, InvalidArgumentError } from 'commander';
import type { Money } from '../../vocabulary/index.ts';
import { examples, timeSpan, wholeNumber } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { ProposedAnswer } from '../freedom-answers.ts';
import { sayMotion } from '../motion-words.ts';

interface Options {
  readonly tenant: string;
  readonly agent: string;
  readonly tool: string;
  readonly lift: readonly string[];
  readonly resource: string;
  readonly upTo?: Money;
  readonly uses: number;
  readonly for: number;
  readonly reason: string;
}

export function grantMakeCommand(cli: Cli): Command {
  return new Command('make')
    .summary('propose to answer equal requests in advance')
    .description(
      'Proposes a standing grant: acts of one agent with one tool, on some resources, up to an amount, so many times, for a ' +
        'while, need no answer. You and whoever seconds it have to be able to answer for every policy that it lifts. Your own ' +
        'requests are not answered by it, and no stop, ceiling or budget is lifted.',
    )
    .requiredOption('--tenant <tenant>', 'where')
    .requiredOption('--agent <agent>', 'whose acts')
    .requiredOption('--tool <tool>', 'with which tool')
    .requiredOption('--lift <policies...>', 'ids of the policies that ask')
    .option('--resource <prefix>', 'only what begins so', '')
    .option('--up-to <amount>', 'the most in one act, such as 500.00EUR; without it no act that moves money', readMoney)
    .requiredOption('--uses <uses>', 'the most acts', wholeNumber(1, 100_000))
    .requiredOption('--for <span>', 'for how long: `12h`, `30d`', timeSpan)
    .requiredOption('--reason <reason>', 'why; goes on record')
    .addHelpText(
      'after',
      examples([
        'reeve grant make --tenant finance --agent claims-intake.faculty-1 --tool claims.open --lift every-act-approved --uses 50 --for 7d --reason "the same every day"',
        'fifty claims within a week',
      ]),
    )
    .action((options: Options, command: Command) =>
      cli.run(command, async (session) => {
        const { lift, upTo, for: span, ...rest } = options;
        const until = new Date(Date.now() + span).toISOString();
        const body = JSON.stringify({ ...rest, lifts: lift, upTo: upTo ?? null, until });
        const found = await connect(session).post('/v1/grants', ProposedAnswer, body);
        session.answer(found, () => sayMotion(found));
      }),
    );
}

function readMoney(text: string): Money {
  const [, whole, cents = '00', currency] = /^(\d{1,12})(?:\.(\d\d))? ?([A-Z]{3})$/.exec(text) ?? [];
  if (whole === undefined || currency === undefined)
    throw new InvalidArgumentError('expected an amount such as 500.00EUR');
  return { minor: Number(whole) * 100 + Number(cents), currency };
}
