import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { leaveStop } from '../../fabric/index.ts';
import { openNotes } from '../../host/index.ts';
import { GiveUp, Misuse } from '../../vocabulary/index.ts';
import { LiftAnswer, StoppedAnswer } from '../answers.ts';
import { examples } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { printable } from '../printable.ts';
import type { Session } from '../session.ts';
import { stopDrillCommand } from './stop-drill.ts';

const SCOPES =
  '`everything`, `tenant:T`, `agent:A`, `version:sha256:...`, `tool:T`, `class:E3`, or `tree:` and a run or an event';
const SCOPE = /^(everything|[a-z]+:[A-Za-z0-9._:-]{1,256})$/;

/** One person stops. */
export function stopCommand(cli: Cli): Command {
  return (
    new Command('stop')
      .summary('stop any part of the fleet, at once')
      .description(
        'Stops a part of the fleet. It holds when this command ends: nothing of it passes the gate any more, and what has passed ' +
          'is held back when it would be sent. Works while the engine or the database is down. It stays stopped, over restarts too, ' +
          'until two people lift it (`reeve resume`). Goes on record.',
      )
      .argument('<scope>', SCOPES)
      // Asked for below: commander would ask for it before `stop drill`, too.
      .option('--reason <reason>', 'why; goes on record; needed')
      .option('--file', 'lay it down in the data folder without asking the API; the platform looks five times a second')
      .addHelpText(
        'after',
        examples(
          ['reeve stop tenant:finance --reason "wrong rates"', 'one business unit'],
          ['reeve stop everything --reason "see the incident"', 'all of it'],
          ['reeve stop everything --reason "it hangs" --file', 'when the API does not answer'],
          ['reeve stop drill', 'how fast it is, measured'],
        ),
      )
      .action((scope: string, { reason, file }: { reason?: string; file?: boolean }, command: Command) =>
        cli.run(command, async (session) => {
          if (reason === undefined || reason.trim() === '') {
            throw new Misuse('bad-request', 'a stop needs a reason', { fix: 'say why with `--reason "..."`' });
          }
          if (file === true) return stopByFile(session, scope, reason);
          const client = connect(session);
          const fence = await client.post('/v1/fences', StoppedAnswer, JSON.stringify({ scope, reason }));
          session.answer(fence, () => [
            `${printable(fence.scope)} ${session.paint.bad('is stopped')}: ${printable(fence.reason)}`,
            ...(fence.onRecord
              ? []
              : [
                  'Not on record yet, as the database did not answer in time: it holds all the same, and goes on record first of all.',
                ]),
          ]);
        }),
      )
      .addCommand(stopDrillCommand(cli))
  );
}

/** Lifting is proposed by one person and seconded by another. */
export function resumeCommand(cli: Cli): Command {
  return new Command('resume')
    .summary('propose to lift a stop; a second person seconds it')
    .description(
      'Proposes to lift the stop of a scope. A second person carries it out with `reeve motion second`; where one person runs the ' +
        'installation alone, a delay takes their place. It is then judged by the policies again. Goes on record.',
    )
    .argument('<scope>', SCOPES)
    .requiredOption('--reason <reason>', 'why; goes on record')
    .addHelpText(
      'after',
      examples(['reeve resume tenant:finance --reason "rates are right"', 'after the cause is gone']),
    )
    .action((scope: string, { reason }: { reason: string }, command: Command) =>
      cli.run(command, async (session) => {
        const client = connect(session);
        const lift = await client.post('/v1/fences/lift', LiftAnswer, JSON.stringify({ scope, reason }));
        session.answer(lift, () => [
          `proposed: ${printable(lift.says)}`,
          `It stays stopped until somebody else says so too (one operator alone waits out the delay): reeve motion second ${printable(lift.motion)}`,
        ]);
      }),
    );
}

/** As the user of this machine whose data folder it is: nobody else can write there. */
function stopByFile({ config, answer, paint }: Session, scope: string, reason: string): void {
  if (!SCOPE.test(scope)) throw new Misuse('bad-request', `\`${scope}\` is no scope`, { fix: SCOPES });
  if (scope.startsWith('tree:run_')) {
    throw new Misuse('bad-request', 'the tree of a run is looked up by the API', {
      fix: 'give the event that it grew from: `tree:evt_...`; or stop the agent or the tenant',
    });
  }
  // A mistyped folder would be made, and nobody would ever look there.
  if (!existsSync(join(config.dataDir, 'reeve.json'))) {
    throw new GiveUp('not-ready', `\`${config.dataDir}\` is no data folder`, {
      fix: 'name the folder of the platform with `--data-dir`',
    });
  }
  const notes = openNotes(join(config.dataDir, 'stops'));
  const note = leaveStop(notes, scope, reason, userInfo().username, Date.now());
  answer({ scope, reason, file: note.id, onRecord: false }, () => [
    `${printable(scope)} ${paint.bad('is laid down to be stopped')}: ${printable(reason)}`,
    'A platform that runs on this data folder holds it within half a second; one that starts, before it works on anything.',
    'Nobody has looked whether there is such a scope: `reeve status` shows it when it holds.',
  ]);
}
