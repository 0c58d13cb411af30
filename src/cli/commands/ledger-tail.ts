import { Command } from 'commander';
import { setTimeout as sleep } from 'node:timers/promises';
import { Checkpoint, EntryPage, type Entry } from '../answers.ts';
import { examples, wholeNumber } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect, type Client } from '../client.ts';
import { headline } from '../entry-line.ts';
import { moment } from '../humane.ts';
import type { Session } from '../session.ts';

interface Options {
  readonly follow?: boolean;
  readonly limit: number;
  readonly after?: number;
  readonly kind?: string;
}

const POLL_MS = 500;
const PAGE = 500;

export function ledgerTailCommand(cli: Cli): Command {
  return new Command('tail')
    .summary('the last entries of the record')
    .description(
      'Prints the last entries of the ledger, or with --after those that follow an entry. With --follow it goes on as the ' +
        'record grows, until Ctrl-C; with --json each entry is then a line of its own.',
    )
    .option('-f, --follow', 'go on as the record grows')
    .option('--limit <entries>', 'how many', wholeNumber(1, 500), 20)
    .option('--after <seq>', 'begin after this entry instead of near the end', wholeNumber(0, 1e15))
    .option('--kind <kind>', 'only entries of one kind, e.g. `intent.refused`')
    .addHelpText(
      'after',
      examples(
        ['reeve ledger tail -f', 'watch the record grow'],
        ['reeve ledger tail --kind intent.refused --after 0', 'the first refusals'],
      ),
    )
    .action(({ follow = false, limit, after, kind }: Options, command: Command) =>
      cli.run(command, async (session) => {
        const client = connect(session);
        const found = await (after === undefined
          ? lastEntries(client, limit, kind)
          : client.get('/v1/entries', EntryPage, { after, limit, kind }).then(({ items }) => items));
        if (!follow) return session.answer(found, () => found.map((entry) => shown(entry, session)));
        const print = (entry: Entry) => session.answer(entry, () => [shown(entry, session)]);
        found.forEach(print);
        let last = found.at(-1)?.seq ?? after ?? 0;
        for (;;) {
          const { items, next } = await client.get('/v1/entries', EntryPage, { after: last, limit: PAGE, kind });
          items.forEach(print);
          last = items.at(-1)?.seq ?? last;
          if (next === null) await sleep(POLL_MS);
        }
      }),
    );
}

/** From near the last sealed entry on: what is not sealed yet is at most some thousand entries. */
async function lastEntries(client: Client, limit: number, kind: string | undefined): Promise<readonly Entry[]> {
  const sealed = await client.get('/v1/checkpoint', Checkpoint).then(
    ({ size }) => size,
    () => 0,
  );
  // One kind may be rare: look further back for it, in growing steps.
  for (let back = limit; ; back *= 16) {
    const from = Math.max(0, sealed - back);
    const found: Entry[] = [];
    for (let after: number | null = from; after !== null;) {
      const page: { items: Entry[]; next: number | null } = await client.get('/v1/entries', EntryPage, {
        after,
        limit: PAGE,
        kind,
      });
      found.push(...page.items);
      // Only the end is wanted.
      if (found.length > 2 * PAGE) found.splice(0, found.length - PAGE);
      after = page.next;
    }
    if (found.length >= limit || from === 0) return found.slice(-limit);
  }
}

function shown(entry: Entry, { paint }: Session): string {
  const agent = entry.agent ?? entry.tenant;
  return `${paint.dim(`${String(entry.seq).padStart(7)}  ${moment(entry.at)}`)}  ${entry.kind.padEnd(17)}  ${agent}  ${headline(entry, paint)}`;
}
