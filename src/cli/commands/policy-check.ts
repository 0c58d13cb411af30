import { Command } from 'commander';
import type { InvariantReport } from '../../govern/index.ts';
import { examples, wholeNumber } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { counted } from '../humane.ts';
import { EXIT, type Session } from '../session.ts';
import { table } from '../table.ts';

interface Options {
  readonly tries: number;
  readonly seed: number;
  readonly format?: true;
}

/** As many as a person waits for. */
const TRIES = 20_000;

export function policyCheckCommand(cli: Cli): Command {
  return new Command('check')
    .summary('validate policies and run their tests')
    .description(
      'Reads a folder of Cedar policies and its schema, validates them, and runs the tests beside them (tests/*.json): each ' +
        'is an ordinary case with some things changed, and the verdict expected of it (`permitted`, `refused by POLICY`, ' +
        '`needs approval by POLICY`), and tries its written invariants (invariants.json) on generated requests. Needs no ' +
        'platform. Ends with 1 when a test fails, an invariant does not hold, or a file is not formatted.',
    )
    .argument('[dir]', 'the folder; without it, the policies that ship')
    .option(
      '--tries <requests>',
      'generated requests that the invariants are tried on',
      wholeNumber(0, 10_000_000),
      TRIES,
    )
    .option('--format', 'first write its .cedar files as the formatter of Cedar writes them')
    .option('--seed <n>', 'which requests are generated', wholeNumber(0, 2 ** 31), 1)
    .addHelpText(
      'after',
      examples(
        ['reeve policy check', 'the policies that ship'],
        ['reeve policy check ./law && reeve start --policies ./law', 'yours, before they come into force'],
      ),
    )
    .action((dir: string | undefined, options: Options, command: Command) =>
      cli.run(command, async (session) => {
        const { checkInvariants, checkPolicies, formatFolder, loadLaw, readInvariants } =
          await import('../../govern/index.ts');
        if (options.format === true && dir !== undefined) formatFolder(dir);
        const checked = checkPolicies(dir);
        const held = checkInvariants(loadLaw(dir, 'candidate'), { ...options, invariants: readInvariants(dir) });
        const report = { ...checked, ...held, pass: checked.pass && held.violations.length === 0 };
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
          ...report.unformatted.map((name) =>
            paint.bad(`\`${name}\` is not written as Cedar's formatter writes it: \`--format\` does that`),
          ),
          `${counted(report.policies, 'policy', 'policies')} valid, digest ${report.digest}`,
          failed.length === 0
            ? paint.good(`${counted(report.tests.length, 'test')} passed`)
            : paint.bad(`${failed.length} of ${counted(report.tests.length, 'test')} failed`),
          ...shownInvariants(report, session),
        ]);
        return report.pass ? EXIT.ok : EXIT.failed;
      }),
    );
}

function shownInvariants({ tried, invariants, violations }: InvariantReport, { paint }: Session): readonly string[] {
  if (tried === 0) return [];
  const idle = invariants.filter(({ applied }) => applied === 0);
  return [
    ...violations.flatMap(({ invariant, says, verdict, case: about }) => [
      paint.bad(`\`${invariant}\` does not hold: ${says}`),
      `  ${verdict.kind} by ${verdict.policies.join(', ')}: ${JSON.stringify(about)}`,
    ]),
    ...idle.map(({ id }) => paint.warn(`no request was one that \`${id}\` speaks of`)),
    violations.length === 0
      ? paint.good(`${counted(invariants.length, 'invariant')} held on ${counted(tried, 'generated request')}`)
      : paint.bad(`${violations.length} of ${counted(invariants.length, 'invariant')} do not hold`),
  ];
}
