import { Command } from 'commander';
import { Misuse } from '../../vocabulary/index.ts';
import type { Backtest } from '../../rehearse/index.ts';
import { DecisionPage, Status } from '../answers.ts';
import { examples, timeSpan, wholeNumber } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect, type Client } from '../client.ts';
import { count, counted } from '../humane.ts';
import { EXIT, type Session } from '../session.ts';
import { table } from '../table.ts';

interface Options {
  readonly since: number;
  readonly limit: number;
}

const PAGE = 2_000;
const MONTH_MS = 30 * 86_400_000;

export function policyBacktestCommand(cli: Cli): Command {
  return new Command('backtest')
    .summary('which verdicts on record would be others under these policies')
    .description(
      'Reads from the platform that runs what was decided and on what, and judges it again here under the policies of a ' +
        'folder: nothing changes there. Prints which verdicts would be others, by agent and tool, how often people would be ' +
        'asked, and what could not be judged again and why. What a changed verdict would have led to is not followed. Ends ' +
        'with 1 when something would be allowed that was not, or with fewer people asked.',
    )
    .argument('[dir]', 'the folder; without it, the policies that ship')
    .option('--since <span>', 'how far back, as in 90m, 12h, 30d (default: 30d)', timeSpan, MONTH_MS)
    .option('--limit <rows>', 'most rows to print; with --json all are there', wholeNumber(1, 10_000), 40)
    .addHelpText(
      'after',
      examples(
        ['reeve policy backtest ./law', 'what ./law would have changed in the last 30 days'],
        ['reeve policy backtest', 'the policies that ship; no change, when they are in force'],
      ),
    )
    .action((dir: string | undefined, { since, limit }: Options, command: Command) =>
      cli.run(command, async (session) => {
        const result = await backtest(session, connect(session.config.dataDir), dir, since);
        session.answer(result, () => shown(result, limit, session));
        return result.newlyAllowed > 0 ? EXIT.failed : EXIT.ok;
      }),
    );
}

async function backtest(session: Session, client: Client, dir: string | undefined, since: number): Promise<Backtest> {
  const [{ loadLaw, reopenUnder }, { openBacktest }] = await Promise.all([
    import('../../govern/index.ts'),
    import('../../rehearse/index.ts'),
  ]);
  const draft = loadLaw(dir, 'candidate');
  const { policies: base, sealing } = await client.get('/v1/status', Status);
  const test = openBacktest(base, { digest: draft.digest, open: reopenUnder(draft) });
  // As far as the record goes now: a platform at work appends faster than anyone could want to wait.
  const until = sealing.entries;
  const first = { limit: PAGE, since: new Date(Date.now() - since).toISOString() };
  let page = await client.get('/v1/decisions', DecisionPage, first);
  let judged = 0;
  for (;;) {
    const cases = new Map(Object.entries(page.cases));
    const within = page.items.filter(({ seq }) => seq <= until);
    for (const decision of within) test.add(decision, cases);
    judged += within.length;
    if (session.live) session.streams.stderr.write(`\r${counted(judged, 'decision')} judged again`);
    if (page.next === null || page.next >= until) break;
    page = await client.get('/v1/decisions', DecisionPage, { limit: PAGE, after: page.next });
  }
  if (session.live) session.streams.stderr.write('\n');
  else session.note(`${counted(judged, 'decision')} judged again`);
  if ((await client.get('/v1/status', Status)).policies !== base) {
    throw new Misuse('bad-request', 'the policies in force changed meanwhile, so the result is stale', {
      fix: 'run it again',
    });
  }
  return test.result();
}

function shown(result: Backtest, limit: number, { paint, width }: Session): readonly string[] {
  const { record, groups, unreplayable, approvals } = result;
  const heading = paint.dim;
  const options = { width, heading };
  return [
    ...(groups.length === 0
      ? []
      : [
          ...table(
            groups.slice(0, limit),
            [
              { heading: 'decisions', align: 'right', cell: ({ decisions }) => count(decisions) },
              { heading: 'was', cell: ({ from }) => from },
              {
                heading: 'would be',
                cell: ({ from, to }) => (from === to ? `${to} of others` : to),
                paint: (text, { weaker }) => (weaker ? paint.bad(text) : text),
              },
              { heading: 'agent', cell: ({ agent }) => agent ?? '-' },
              { heading: 'tool', cell: ({ tool }) => tool },
              { heading: 'first', align: 'right', cell: ({ first }) => String(first) },
              { heading: 'policies', cell: ({ policies }) => policies.join(', ') },
            ],
            options,
          ),
          ...(groups.length > limit
            ? [paint.dim(`and ${counted(groups.length - limit, 'more row')}: \`--limit\``)]
            : []),
          '',
        ]),
    ...(approvals.length === 0
      ? []
      : [
          ...table(
            approvals,
            [
              { heading: 'asked', cell: ({ role }) => role },
              { heading: 'was', align: 'right', cell: ({ was }) => count(was) },
              { heading: 'would be', align: 'right', cell: ({ would }) => count(would) },
            ],
            options,
          ),
          '',
        ]),
    ...unreplayable.map(({ why, decisions, first }) =>
      paint.warn(`${counted(decisions, 'decision')} not judged again: ${why} (first: entry ${first})`),
    ),
    `${counted(record.decisions, 'decision')}, entries ${record.from} to ${record.to}, ${record.digest}`,
    `in force ${result.base}`,
    `draft    ${result.draft}`,
    ...laws(result),
    `${count(result.unchanged)} the same, ${count(result.otherReasons)} the same for other reasons, ` +
      `${count(result.withoutPolicy)} refused before any policy was asked`,
    result.flipped === 0
      ? paint.good('no verdict would be another')
      : `${counted(result.flipped, 'verdict')} would be ${result.flipped === 1 ? 'another' : 'others'}`,
    ...(result.newlyAllowed === 0
      ? []
      : [
          paint.bad(`${count(result.newlyAllowed)} of them would allow more, or ask fewer people`),
          'let a second person look at these before the draft is in force; nothing here makes you yet',
        ]),
  ];
}

/** Verdicts that were given under other policies than those in force differ for that reason too. */
function laws({ judgedUnder, base }: Backtest): readonly string[] {
  return Object.entries(judgedUnder)
    .filter(([law]) => law !== base)
    .map(([law, decisions]) => `${counted(decisions, 'decision')} made under earlier policies ${law}`);
}
