import { Command } from 'commander';
import { isId, Misuse } from '../../vocabulary/index.ts';
import { Run } from '../answers.ts';
import { examples } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { details, headline } from '../entry-line.ts';
import { duration, moment } from '../humane.ts';
import { paintState } from '../paint.ts';
import { printable } from '../printable.ts';
import type { Session } from '../session.ts';

export function runShowCommand(cli: Cli): Command {
  return new Command('show')
    .summary('one run, from the event to its outcome')
    .description(
      'Shows what is on record of a run, in order: the event, the facts and the row of the decision table that led to an ' +
        'intent, the verdict with the policies that determined it, and the outcome. The number before each line is its entry ' +
        'in the ledger: `reeve ledger show` prints it whole, `reeve ledger proof` proves that it is there.',
    )
    .argument('<run>', 'its id, `run_...`')
    .addHelpText(
      'after',
      examples(['reeve run show run_0123456789abcdef0123456789abcdef', 'what this run saw, decided and did']),
    )
    .action((id: string, _: unknown, command: Command) =>
      cli.run(command, async (session) => {
        if (!isId('run', id)) {
          throw new Misuse('bad-request', `\`${id}\` is no id of a run`, {
            fix: 'they begin with `run_`; `reeve run list` shows them',
          });
        }
        const run = await connect(session).get(`/v1/runs/${encodeURIComponent(id)}`, Run);
        session.answer(run, () => [...head(run, session), '', ...timeline(run, session)]);
      }),
    );
}

function head(run: Run, { paint }: Session): readonly string[] {
  const took = run.endedAt === null ? 'not ended' : duration(Date.parse(run.endedAt) - Date.parse(run.admittedAt));
  const fields: [string, string][] = [
    ['agent', `${run.agent} of ${run.tenant}, version ${run.agentVersion.slice(0, 19)}`],
    ['about', run.subject],
    ['admitted', `${moment(run.admittedAt)} UTC, ${took}`],
    ...(run.attempts > 0 ? [['attempts', String(run.attempts)] as [string, string]] : []),
    ...(run.why === '' ? [] : [['why', run.why] as [string, string]]),
  ];
  return [
    `${paint.bold(run.id)}  ${paintState(paint, run.state)}`,
    ...fields.map(([name, text]) => `  ${paint.dim(name.padEnd(8))}  ${printable(text)}`),
  ];
}

function timeline({ timeline: entries, admittedAt }: Run, { paint, width = Infinity }: Session): readonly string[] {
  const numbers = Math.max(...entries.map(({ seq }) => String(seq).length));
  const margin = ' '.repeat(numbers + 12);
  return entries.flatMap((entry) => {
    const after = `+${duration(Math.max(0, Date.parse(entry.at) - Date.parse(admittedAt)))}`;
    return [
      `${paint.dim(`${String(entry.seq).padStart(numbers)}  ${after.padEnd(8)}`)}  ${headline(entry, paint)}`,
      ...details(entry).map(([name, text]) => {
        const room = Math.max(20, width - margin.length - 11);
        const cut = text.length > room ? `${text.slice(0, room - 1)}…` : text;
        return `${margin}${paint.dim(name.padEnd(9))}  ${cut}`;
      }),
    ];
  });
}
