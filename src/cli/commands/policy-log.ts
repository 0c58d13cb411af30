import { Command } from 'commander';
import { z } from 'zod';
import { examples, wholeNumber } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { count, counted } from '../humane.ts';
import { versionNamed } from '../policy-words.ts';
import { table } from '../table.ts';

const Flips = z.looseObject({
  digest: z.string(),
  since: z.number(),
  judged: z.number(),
  flipped: z.number(),
  groups: z.array(
    z.looseObject({
      policy: z.string(),
      tenant: z.string(),
      agent: z.string(),
      tool: z.string(),
      from: z.string(),
      to: z.string(),
      count: z.number(),
    }),
  ),
});

export function policyLogCommand(cli: Cli): Command {
  return new Command('log')
    .summary('what a set that watches would have said otherwise')
    .argument('[set]', 'the beginning of its digest; without it, the one that watches')
    .option('--limit <rows>', 'most rows to print', wholeNumber(1, 10_000), 40)
    .description(
      'Counts, by policy, agent and tool, the verdicts since a set began to watch that would be others under it. Each is on ' +
        'record, with the entry of its intent. Ask again for what came since.',
    )
    .addHelpText('after', examples(['reeve policy log', 'as it goes on']))
    .action((name: string | undefined, { limit }: { limit: number }, command: Command) =>
      cli.run(command, async (session) => {
        const { paint, width } = session;
        const client = connect(session);
        const { digest } = await versionNamed(name ?? 'log-only', client);
        const flips = await client.get(`/v1/policies/${digest}/flips`, Flips);
        session.answer(flips, () => [
          ...table(
            flips.groups.slice(0, limit),
            [
              { heading: 'verdicts', align: 'right', cell: ({ count: n }) => count(n) },
              { heading: 'is', cell: ({ from }) => from },
              { heading: 'would be', cell: ({ to }) => to },
              { heading: 'by', cell: ({ policy }) => policy },
              { heading: 'agent', cell: ({ agent }) => agent },
              { heading: 'tool', cell: ({ tool }) => tool },
            ],
            { width, heading: paint.dim },
          ),
          `${counted(flips.judged, 'verdict')} since entry ${flips.since}, ${count(flips.flipped)} would be others under ${digest}`,
        ]);
      }),
    );
}
