import { Command } from 'commander';
import { ReconciliationAnswer } from '../answers.ts';
import { examples } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { count } from '../humane.ts';
import { EXIT } from '../session.ts';
import { table } from '../table.ts';

const MEANING = {
  unlogged: 'it happened, and the record does not say so',
  lost: 'recorded as done, and no journal has it',
  duplicate: 'it happened more than once',
  contradicted: 'recorded as not done, and it happened',
  unknown: 'a person has to find out',
  unfinished: 'intended, and without an outcome',
} as const;
type Kind = keyof typeof MEANING;
const DIFFERENCES: readonly Kind[] = ['unlogged', 'lost', 'duplicate', 'contradicted'];

export function reconcileCommand(cli: Cli): Command {
  return new Command('reconcile')
    .summary("the systems' own journals against effects and ledger")
    .description(
      'Compares, key by key, what the systems themselves say happened with the effects and the ledger. For when the work is ' +
        'over: what is under way looks like a difference. Ends with 1 when something is unlogged, lost, done twice, or ' +
        'contradicted.',
    )
    .addHelpText('after', examples(['reeve reconcile', 'after the work, or when in doubt']))
    .action((_: unknown, command: Command) =>
      cli.run(command, async (session) => {
        const answer = await connect(session).get('/v1/reconciliation', ReconciliationAnswer);
        const { reconciliation: found, quiet } = answer;
        const { paint, width } = session;
        if (found === null) {
          session.answer(answer, () => [
            'not possible: the systems are not simulated, and keep no journal that can be read here',
          ]);
          return EXIT.ok;
        }
        const kinds = Object.keys(MEANING) as Kind[];
        const differs = (kind: Kind) => DIFFERENCES.includes(kind) && found[kind] > 0;
        const findings = kinds.flatMap((kind) => (found.details[kind] ?? []).map((one) => ({ kind, ...one })));
        session.answer(answer, () => [
          ...table(
            kinds,
            [
              { heading: 'kind', cell: (kind) => kind },
              {
                heading: 'count',
                align: 'right',
                cell: (kind) => count(found[kind]),
                paint: (text, kind) => (differs(kind) ? paint.bad(text) : text),
              },
              { heading: 'meaning', cell: (kind) => MEANING[kind], paint: paint.dim },
            ],
            { width, heading: paint.dim },
          ),
          ...(findings.length === 0
            ? []
            : [
                '',
                ...table(
                  findings,
                  [
                    { heading: 'kind', cell: ({ kind }) => kind },
                    { heading: 'key', cell: ({ key }) => key ?? '-' },
                    { heading: 'what', cell: ({ why }) => why },
                  ],
                  { heading: paint.dim },
                ),
              ]),
          ...(quiet ? [] : ['', paint.warn('work was under way: look again when it is over')]),
        ]);
        return kinds.some(differs) ? EXIT.failed : EXIT.ok;
      }),
    );
}
