import { Command } from 'commander';
import { examples, wholeNumber } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { IncidentAnswer } from '../freedom-answers.ts';
import { printable } from '../printable.ts';

interface Options {
  readonly severity: number;
  readonly agent: string;
  readonly tool?: string;
  readonly what: string;
}

export function incidentReportCommand(cli: Cli): Command {
  return new Command('report')
    .summary('report what went wrong; the agent is lowered at once when it is severe')
    .description(
      'Puts an incident on record. Severity 1 lowers every version of the agent to L1 before this command ends, until two ' +
        'people lift it; 1 and 2 void what it had earned; 3 is on record.',
    )
    .requiredOption('--severity <severity>', '1, 2 or 3', wholeNumber(1, 3))
    .requiredOption('--agent <agent>', 'name of the agent')
    .option('--tool <tool>', 'only what it does with this tool')
    .requiredOption('--what <what>', 'what happened; goes on record')
    .addHelpText(
      'after',
      examples([
        'reeve incident report --severity 1 --agent claims-intake.faculty-1 --what "paid twice"',
        'a person decides from now on',
      ]),
    )
    .action(({ severity, agent, tool, what }: Options, command: Command) =>
      cli.run(command, async (session) => {
        const body = JSON.stringify({ severity, agent, tool: tool ?? null, what });
        const found = await connect(session).post('/v1/incidents', IncidentAnswer, body);
        session.answer(found, () => [
          `${found.id} is on record`,
          ...(severity === 1
            ? [
                `${printable(found.agent)} is at L1 for ${printable(found.tool ?? 'every tool')}; to lift it: ` +
                  `reeve autonomy lift ${found.id} --tenant ${printable(found.tenant)} --reason ...`,
              ]
            : []),
        ]);
      }),
    );
}
