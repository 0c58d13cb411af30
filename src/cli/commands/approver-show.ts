import { Command } from 'commander';
import { ApproverAnswer } from '../approver-answers.ts';
import { examples, wholeNumber } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { printable } from '../printable.ts';

export function approverShowCommand(cli: Cli): Command {
  return new Command('show')
    .summary('how one approver answers; `me`: yourself')
    .description('Shows how somebody answers. Your own record is yours to see; that of others takes `approvers.read`.')
    .argument('<person>', 'their id, `per_...`, or `me`')
    .option('--days <days>', 'how far back', wholeNumber(1, 366), 90)
    .addHelpText('after', examples(['reeve approver show me', 'how you answer']))
    .action((person: string, options: { days: number }, command: Command) =>
      cli.run(command, async (session) => {
        const path = `/v1/approvers/${encodeURIComponent(person)}`;
        const found = await connect(session).get(path, ApproverAnswer, { ...options });
        session.answer(found, () => sayApprover(found, session.paint.bold));
      }),
    );
}

function sayApprover(approver: ApproverAnswer, bold: (text: string) => string): readonly string[] {
  const { name, person, days, load, dwell, said, overruled, checks } = approver;
  return [
    `${bold(printable(name))} ${person}, the last ${days} days`,
    `  load: ${load.answers} answers, ${load.perDay.toFixed(1)} a day, at most ${load.mostPerHour} in an hour; ${load.open} open now`,
    `  looked: ${seconds(dwell.medianSeconds)} (median), ${seconds(dwell.p10Seconds)} (one in ten is shorter); ${dwell.unseen} answered unseen`,
    `  said: ${said.approved} approved, ${said.declined} declined, ${said.edited} edited`,
    `  overruled: ${percent(overruled.rate)} of what they approved (${overruled.byOthers} by others, ${overruled.byReview} by a review, ${overruled.byIncident} by an incident)`,
    `  checks: ${checks.caught} caught, ${checks.missed} missed`,
    ...(checks.refresher ? ['  a refresher is due: what could never execute was let pass too often'] : []),
  ];
}

export function seconds(of: number | null): string {
  return of === null ? '-' : `${of} s`;
}

export function percent(of: number | null): string {
  return of === null ? '-' : `${(of * 100).toFixed(1)} %`;
}
