import { Command } from 'commander';
import type { z } from 'zod';
import { Misuse } from '../../vocabulary/index.ts';
import type { Backtest, openBacktest } from '../../rehearse/index.ts';
import { DecisionPage, EntryPage, Status } from '../answers.ts';
import { examples, timeSpan, wholeNumber } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect, type Client } from '../client.ts';
import { count, counted } from '../humane.ts';
import { keepBackTest, lawNamed } from '../policy-words.ts';
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
        'asked, what money is concerned, and what could not be judged again and why. Runs and budgets are followed as far as ' +
        'the record goes. What was found is kept with the draft, when the platform has it as one: without that it is not ' +
        'enforced. Ends with 1 when something would be allowed that was not, or with fewer people asked.',
    )
    .argument('[set]', 'a folder, or a version by the beginning of its digest; without it, the policies that ship')
    .option('--since <span>', 'how far back, as in 90m, 12h, 30d (default: 30d)', timeSpan, MONTH_MS)
    .option('--limit <rows>', 'most rows to print; with --json all are there', wholeNumber(1, 10_000), 40)
    .addHelpText(
      'after',
      examples(
        ['reeve policy backtest ./law', 'what ./law would have changed in the last 30 days'],
        ['reeve policy backtest sha256:4f1a', 'a draft that the platform has'],
        ['reeve policy backtest', 'the policies that ship; no change, when they are in force'],
      ),
    )
    .action((set: string | undefined, { since, limit }: Options, command: Command) =>
      cli.run(command, async (session) => {
        const client = connect(session);
        const result = await backtest(session, client, set, since);
        const kept = await keepBackTest(result, client);
        session.answer(result, () => [...shown(result, limit, session), ...(kept === null ? [] : ['', kept])]);
        return result.newlyAllowed > 0 ? EXIT.failed : EXIT.ok;
      }),
    );
}

async function backtest(session: Session, client: Client, set: string | undefined, since: number): Promise<Backtest> {
  const [{ reopenUnder }, { openBacktest }] = await Promise.all([
    import('../../govern/index.ts'),
    import('../../rehearse/index.ts'),
  ]);
  const draft = await lawNamed(set, client);
  const { policies: base, sealing } = await client.get('/v1/status', Status);
  const from = Date.now() - since;
  const tightened = new Map<string, string>();
  const open = reopenUnder(draft, tightened);
  const test = openBacktest(base, { digest: draft.digest, open }, (await isWhole(client, from)) ? null : from);
  // As far as the record goes now: a platform at work appends faster than anyone could want to wait.
  const until = sealing.entries;
  const first = { limit: PAGE, since: new Date(from).toISOString() };
  let page = await client.get('/v1/decisions', DecisionPage, first);
  let judged = 0;
  for (;;) {
    for (const [tenant, policies] of Object.entries(page.tightened)) tightened.set(tenant, policies);
    judged += take(test, page, until);
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

/** Nothing is older than what is read. */
async function isWhole(client: Client, from: number): Promise<boolean> {
  const { items } = await client.get('/v1/entries', EntryPage, { limit: 1 });
  const [first] = items;
  return first === undefined || Date.parse(first.at) >= from;
}

/** Decisions and what was settled between them, in the order of the record. */
function take(
  test: ReturnType<typeof openBacktest>,
  { items, settled, cases: texts }: z.infer<typeof DecisionPage>,
  until: number,
): number {
  const cases = new Map(Object.entries(texts));
  const within = items.filter(({ seq }) => seq <= until);
  let next = 0;
  for (const decision of within) {
    for (let one = settled[next]; one !== undefined && one.seq < decision.seq; one = settled[++next]) test.settle(one);
    test.add(decision, cases);
  }
  for (const one of settled.slice(next)) test.settle(one);
  return within.length;
}

function shown(result: Backtest, limit: number, session: Session): readonly string[] {
  const { record, unreplayable, moot } = result;
  const { paint } = session;
  return [
    ...flips(result, limit, session),
    ...asked(result, session),
    ...spent(result, session),
    ...unreplayable.map(({ why, decisions, first }) =>
      paint.warn(`${counted(decisions, 'decision')} not judged again: ${why} (first: entry ${first})`),
    ),
    ...moot.map(
      ({ why, decisions, first }) =>
        `${counted(decisions, 'decision')} would not have come about: ${why} (first: entry ${first})`,
    ),
    ...(result.goneOn === 0
      ? []
      : [
          `${counted(result.goneOn, 'run')} would have gone on where the record ends; what they would have done is not known`,
        ]),
    `${counted(record.decisions, 'decision')}, entries ${record.from} to ${record.to}, ${record.digest}`,
    `in force ${result.base}`,
    `draft    ${result.draft}`,
    ...laws(result),
    `${count(result.unchanged)} the same, ${count(result.otherReasons)} the same for other reasons, ` +
      `${count(result.withoutPolicy)} refused before any policy was asked or by people, ` +
      `${(result.unreplayableShare * 100).toFixed(2)} % not judged again`,
    ...verdict(result, session),
  ];
}

function flips({ groups }: Backtest, limit: number, { paint, width }: Session): readonly string[] {
  if (groups.length === 0) return [];
  return [
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
      { width, heading: paint.dim },
    ),
    ...(groups.length > limit ? [paint.dim(`and ${counted(groups.length - limit, 'more row')}: \`--limit\``)] : []),
    '',
  ];
}

/** What it would have cost in approvals. */
function asked({ approvals }: Backtest, { paint, width }: Session): readonly string[] {
  if (approvals.length === 0) return [];
  const rows = table(
    approvals,
    [
      { heading: 'asked', cell: ({ role }) => role },
      { heading: 'was', align: 'right', cell: ({ was }) => count(was) },
      { heading: 'would be', align: 'right', cell: ({ would }) => count(would) },
      { heading: 'a day', align: 'right', cell: ({ wasPerDay }) => wasPerDay.toFixed(1) },
      { heading: 'would be', align: 'right', cell: ({ wouldPerDay }) => wouldPerDay.toFixed(1) },
    ],
    { width, heading: paint.dim },
  );
  return [...rows, ''];
}

function spent({ spend }: Backtest, { paint, width }: Session): readonly string[] {
  if (spend.length === 0) return [];
  const money = (minor: number) => (minor === 0 ? '-' : (minor / 100).toFixed(2));
  const rows = table(
    spend,
    [
      { heading: 'money', cell: ({ currency }) => currency },
      { heading: 'newly allowed', align: 'right', cell: ({ newlyAllowed }) => money(newlyAllowed), paint: paint.bad },
      { heading: 'newly asked', align: 'right', cell: ({ newlyAsked }) => money(newlyAsked) },
      { heading: 'newly refused', align: 'right', cell: ({ newlyRefused }) => money(newlyRefused) },
      { heading: 'not come about', align: 'right', cell: ({ moot }) => money(moot) },
    ],
    { width, heading: paint.dim },
  );
  return [...rows, ''];
}

function verdict({ flipped, newlyAllowed, directions, agentsHit }: Backtest, { paint }: Session): readonly string[] {
  if (flipped === 0) return [paint.good('no verdict would be another')];
  return [
    `${counted(flipped, 'verdict')} would be ${flipped === 1 ? 'another' : 'others'}, of ${counted(agentsHit, 'agent')}: ` +
      `${count(directions.permitted)} newly allowed, ${count(directions['needs-approval'])} newly asked, ` +
      `${count(directions.refused)} newly refused`,
    ...(newlyAllowed === 0
      ? []
      : [
          paint.bad(`${count(newlyAllowed)} of them would allow more, or ask fewer people`),
          'such a draft comes into force by two people',
        ]),
  ];
}

/** Verdicts that were given under other policies than those in force differ for that reason too. */
function laws({ judgedUnder, base }: Backtest): readonly string[] {
  return Object.entries(judgedUnder)
    .filter(([law]) => law !== base)
    .map(([law, decisions]) => `${counted(decisions, 'decision')} made under other policies ${law}`);
}
