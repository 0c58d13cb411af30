import { Command } from 'commander';
import { DrillAnswer } from '../answers.ts';
import { examples } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { EXIT } from '../session.ts';

/** A stop of something that was made for it, measured. */
export function stopDrillCommand(cli: Cli): Command {
  return new Command('drill')
    .summary('measure a stop, on something made for it')
    .description(
      "Lets an agent of the platform's own act all the time under real permits, stops its run tree, and counts what still " +
        'arrives. Takes about four seconds, stops nothing of yours, and leaves its figures on record. Ends with 1 when an act ' +
        'arrived later than its permit can have lived.',
    )
    .addHelpText('after', examples(['reeve stop drill --json', 'for a monitor that runs it every week']))
    .action((_options: object, command: Command) =>
      cli.run(command, async (session) => {
        const found = await connect(session).post('/v1/fences/drill', DrillAnswer, '');
        const { paint } = session;
        session.answer(found, () => [
          `${found.arrivedBefore} acts arrived in ${found.actedForMs} ms; then ${found.scope} was stopped`,
          `acknowledged after ${found.acknowledgedAfterMs} ms${found.onRecord ? '' : ', while the record was away'}`,
          found.arrivedAfter === 0
            ? paint.good(`nothing arrived after that; the last act was ${-(found.lastArrivalMs ?? 0)} ms before it`)
            : `${found.arrivedAfter} acts arrived after that, the last ${found.lastArrivalMs} ms after`,
          `${found.refusedAtGate} runs were refused at the gate, ${found.heldAtSending} held back when they would have been sent`,
          `on record as entry ${found.seq}: reeve ledger proof ${found.seq}`,
        ]);
        return found.arrivedAfterPermits === 0 ? EXIT.ok : EXIT.failed;
      }),
    );
}
