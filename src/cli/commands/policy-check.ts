import { Command } from 'commander';
import { examples } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { counted } from '../humane.ts';
import { EXIT } from '../session.ts';
import { table } from '../table.ts';

export function policyCheckCommand(cli: Cli): Command {
  return new Command('check')
    .summary('validate policies and run their tests')
    .description(
      'Reads a folder of Cedar policies and its schema, validates them, and runs the tests beside them (tests/*.json): each ' +
        'is an ordinary case with some things changed, and the verdict expected of it (`permitted`, `refused by POLICY`, ' +
        '`needs approval by POLICY`). Needs no platform. Ends with 1 when a test fails.',
    )
    .argument('[dir]', 'the folder; without it, the policies that ship')
    .addHelpText(
      'after',
      examples(
        ['reeve policy check', 'the policies that ship'],
        ['reeve policy check ./law && reeve start --policies ./law', 'yours, before they come into force'],
      ),
    )
    .action((dir: string | undefined, _: unknown, command: Command) =>
      cli.run(command, async (session) => {
        const { checkPolicies } = await import('../../govern/index.ts');
        const report = checkPolicies(dir);
        const { paint, width } = session;
        const failed = report.tests.filter(({ pass }) => !pass);
        session.answer(report, () => [
          ...(failed.length === 0
            ? []
            : [
                ...table(
                  failed,
                  [
                    { heading: 'expected', cell: ({ expected }) => expected },
                    { heading: 'got', cell: ({ got }) => got, paint: paint.bad },
                    { heading: 'test', cell: ({ name }) => name },
                  ],
                  { width, heading: paint.dim },
                ),
                '',
              ]),
          ...report.untested.map((id) => paint.warn(`no test names \`${id}\`: nobody has shown that it does anything`)),
          `${counted(report.policies, 'policy', 'policies')} valid, digest ${report.digest}`,
          failed.length === 0
            ? paint.good(`${counted(report.tests.length, 'test')} passed`)
            : paint.bad(`${failed.length} of ${counted(report.tests.length, 'test')} failed`),
        ]);
        return report.pass ? EXIT.ok : EXIT.failed;
      }),
    );
}
