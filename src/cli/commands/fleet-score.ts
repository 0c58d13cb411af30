import { Command } from 'commander';
import type { Score } from '../../rehearse/index.ts';
import { Misuse, type Fleet, type RawEvent, type ScoreRow } from '../../vocabulary/index.ts';
import { examples } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { count, counted, duration } from '../humane.ts';
import { EXIT, type Session } from '../session.ts';
import { table } from '../table.ts';
import { nearest } from '../nearest.ts';

const NOTE_MS = 2_000;

export function fleetScoreCommand(cli: Cli): Command {
  return new Command('score')
    .summary('how the fleet agrees with answers that nobody here wrote')
    .description(
      'Rehearses every fleet over all the records that ship with it (nothing is done to any system; no platform is needed) ' +
        'and compares what the agents decide with the reference answers that came with the data: how many there are, how many ' +
        'the agents gave, and how many they gave that the reference does not hold. Ends with 1 unless it is exact.',
    )
    .option(
      '--domain <fleet>',
      'only this one; may be repeated',
      (one: string, others: string[]) => [...others, one],
      [],
    )
    .addHelpText(
      'after',
      examples(
        ['reeve fleet score', 'all four domains; a minute or two'],
        ['reeve fleet score --domain security --json', 'one of them, for a program'],
      ),
    )
    .action(({ domain }: { domain: string[] }, command: Command) =>
      cli.run(command, async (session) => {
        const [{ FLEETS }, { score }] = await Promise.all([
          import('../../../fleets/index.ts'),
          import('../../rehearse/index.ts'),
        ]);
        const scores: Score[] = [];
        for (const fleet of chosen(FLEETS, domain)) {
          const began = Date.now();
          const scored = await score(told(fleet, session));
          if (scored === null) {
            session.note(`${fleet.name}: ships no answers to compare with`);
            continue;
          }
          session.note(`${fleet.name}: ${counted(scored.events, 'event')} in ${duration(Date.now() - began)}`);
          scores.push(scored);
        }
        const exact = scores.every((one) => one.exact);
        session.answer({ exact, domains: scores.map(withRates) }, () => [
          ...scores.flatMap((one) => ['', ...sheet(one, session)]),
          '',
          exact
            ? session.paint.good('exact: every reference answer was given, and no other')
            : session.paint.bad(
                `not exact: ${scores
                  .filter((one) => !one.exact)
                  .map((one) => one.domain)
                  .join(', ')}`,
              ),
        ]);
        return exact ? EXIT.ok : EXIT.failed;
      }),
    );
}

function chosen(fleets: readonly Fleet[], names: readonly string[]): readonly Fleet[] {
  const known = fleets.map(({ name }) => name);
  const stray = names.find((name) => !known.includes(name));
  if (stray !== undefined) {
    const like = nearest(stray, known);
    throw new Misuse('not-found', `there is no domain \`${stray}\``, {
      fix:
        like === null
          ? `the domains are ${known.map((name) => `\`${name}\``).join(', ')}`
          : `did you mean \`${like}\`?`,
    });
  }
  return names.length === 0 ? fleets : fleets.filter(({ name }) => names.includes(name));
}

/** The same fleet; now and then it is told how far the work has come. No timer: the work leaves it no turn. */
function told(fleet: Fleet, session: Session): Fleet {
  return {
    ...fleet,
    async *work(options): AsyncGenerator<RawEvent> {
      let events = 0;
      let last = Date.now();
      for await (const raw of fleet.work(options)) {
        yield raw;
        events += 1;
        if (events % 64 !== 0 || Date.now() - last < NOTE_MS) continue;
        last = Date.now();
        session.note(`${fleet.name}: ${counted(events, 'record')} ...`);
      }
    },
  };
}

/** Null where there is nothing to divide by: no answer was given, or none was expected. */
export function rates({ expected, agreed, extra }: ScoreRow) {
  return {
    precision: agreed + extra === 0 ? null : agreed / (agreed + extra),
    recall: expected === 0 ? null : agreed / expected,
  };
}

function withRates(score: Score) {
  return { ...score, rows: score.rows.map((row) => ({ ...row, ...rates(row) })) };
}

function sheet({ domain, events, runs, rows }: Score, { paint, width }: Session): readonly string[] {
  const isExact = ({ expected, agreed, extra }: ScoreRow) => expected === agreed && extra === 0;
  const percent = (rate: number | null) => (rate === null ? '-' : `${(rate * 100).toFixed(rate === 1 ? 0 : 2)} %`);
  return [
    `${paint.bold(domain)}  ${paint.dim(`${counted(events, 'event')}, ${counted(runs, 'run')}`)}`,
    ...table(
      rows,
      [
        {
          heading: '',
          cell: (row) => (isExact(row) ? 'ok' : '!!'),
          paint: (text, row) => (isExact(row) ? paint.good(text) : paint.bad(text)),
        },
        { heading: 'expected', align: 'right', cell: ({ expected }) => count(expected) },
        { heading: 'agreed', align: 'right', cell: ({ agreed }) => count(agreed) },
        { heading: 'extra', align: 'right', cell: ({ extra }) => count(extra) },
        { heading: 'precision', align: 'right', cell: (row) => percent(rates(row).precision) },
        { heading: 'recall', align: 'right', cell: (row) => percent(rates(row).recall) },
        { heading: 'answer', cell: ({ key }) => key },
      ],
      { width, heading: paint.dim },
    ),
  ];
}
