import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, Misuse, RetryLater } from '../../vocabulary/index.ts';
import { BatchResult } from '../answers.ts';
import { examples } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect, type Client } from '../client.ts';
import { counted } from '../humane.ts';
import { EXIT, type Session } from '../session.ts';
import { table } from '../table.ts';
import { batches, readEvents, type SentEvent } from '../read-events.ts';

/** What became of one event of the input. */
interface Sent {
  readonly line: number;
  readonly state: 'admitted' | 'repeat' | 'refused';
  readonly event: string | null;
  readonly runs: number;
  readonly code: string | null;
  readonly detail: string;
}

const BATCH_TYPE = 'application/cloudevents-batch+json';
/** Times that a full queue is waited for, a second each, before what is left counts as refused. */
const MOST_WAITS = 60;

export function eventSendCommand(cli: Cli): Command {
  return new Command('send')
    .summary('hand events to the platform that runs')
    .description(
      'Sends CloudEvents: one as JSON, an array of them, or one on each line (JSONL). Says of each whether it was admitted, ' +
        'recognised as a repeat, or refused and why. Sending a file again does no harm: what came before is a repeat, for ' +
        'ever. When the queue is full it waits. Ends with 1 when any was refused.',
    )
    .argument('<file>', 'the events; `-` reads standard input')
    .option('--tenant <tenant>', 'whose events these are')
    .addHelpText(
      'after',
      examples(
        ['reeve event send claims.jsonl --tenant finance', 'a file of events'],
        ['curl https://… | reeve event send - --tenant security', 'from somewhere else'],
      ),
    )
    .action((file: string, { tenant }: { tenant?: string }, command: Command) =>
      cli.run(command, async (session) => {
        const client = connect(session);
        const events = readEvents(await textOf(file, session));
        if (events.length === 0) throw new Misuse('bad-event', `there are no events in \`${file}\``);
        const sent: Sent[] = [];
        for (const batch of batches(events)) sent.push(...(await send(batch, client, tenant, session)));
        report(sent, session);
        return sent.some(({ state }) => state === 'refused') ? EXIT.failed : EXIT.ok;
      }),
    );
}

async function textOf(file: string, { streams }: Session): Promise<string> {
  if (file !== '-') {
    try {
      return readFileSync(file, 'utf8');
    } catch (cause) {
      throw new Misuse('not-found', `cannot read \`${file}\`: ${messageOf(cause)}`, { cause });
    }
  }
  const parts: Buffer[] = [];
  for await (const part of streams.stdin) parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString('utf8');
}

/** Sends a batch; what finds no room is sent again, in order, until there is some. */
async function send(
  batch: readonly SentEvent[],
  client: Client,
  tenant: string | undefined,
  session: Session,
): Promise<readonly Sent[]> {
  const done: Sent[] = [];
  let left = batch.filter((event) => {
    if (event.fault !== null) done.push(refused(event.line, 'bad-json', event.fault));
    return event.fault === null;
  });
  for (let waits = 0; left.length > 0; waits++) {
    const results = await post(left, client, tenant);
    const full: SentEvent[] = [];
    for (const [n, { taken, problem }] of results.entries()) {
      const event = left[n];
      if (event === undefined) break;
      if (taken !== undefined) {
        const state = taken.state === 'repeat' ? 'repeat' : 'admitted';
        done.push({ line: event.line, state, event: taken.event, runs: taken.runs, code: null, detail: '' });
      } else if (problem?.code === 'queue-full' && waits < MOST_WAITS) full.push(event);
      else done.push(refused(event.line, problem?.code ?? 'internal', problem?.detail ?? 'no reason was given'));
    }
    if (full.length > 0) {
      if (waits === 0) session.note('the queue is full: waiting for room ...');
      await sleep(1_000);
    }
    left = full;
  }
  return done.sort((a, b) => a.line - b.line);
}

async function post(
  events: readonly SentEvent[],
  client: Client,
  tenant: string | undefined,
): Promise<readonly Result[]> {
  const body = `[${events.map(({ text }) => text).join(',')}]`;
  try {
    const answer = await client.post('/v1/events', BatchResult, body, { contentType: BATCH_TYPE, query: { tenant } });
    return answer.results;
  } catch (error) {
    // The platform reads JSON more strictly than we do (a name twice, say), and then refuses the whole batch: find which.
    if (error instanceof Misuse && error.code === 'bad-request' && tenant === undefined) {
      throw new Misuse(error.code, error.message, {
        fix: 'name the tenant with `--tenant`; `reeve fleet list` shows them',
      });
    }
    const one = error instanceof Misuse && (error.code === 'bad-json' || error.code === 'bad-event');
    if (one && events.length > 1) {
      const results: Result[] = [];
      for (const event of events) results.push(...(await post([event], client, tenant)));
      return results;
    }
    if (one || (error instanceof RetryLater && error.code === 'queue-full') || isTooLarge(error)) {
      return events.map(() => ({ status: 400, problem: { code: (error as Misuse).code, detail: messageOf(error) } }));
    }
    throw error;
  }
}
type Result = (typeof BatchResult)['_output']['results'][number];

function isTooLarge(error: unknown): boolean {
  return error instanceof Misuse && error.code === 'body-too-large';
}

function refused(line: number, code: string, detail: string): Sent {
  return { line, state: 'refused', event: null, runs: 0, code, detail };
}

function report(sent: readonly Sent[], session: Session): void {
  const { paint, width } = session;
  const of = (state: Sent['state']) => sent.filter((one) => one.state === state).length;
  const paints = { admitted: paint.good, repeat: paint.dim, refused: paint.bad };
  session.answer(sent, () => [
    ...table(
      sent,
      [
        { heading: 'line', align: 'right', cell: ({ line }) => String(line) },
        { heading: 'state', cell: ({ state }) => state, paint: (text, { state }) => paints[state](text) },
        { heading: 'runs', align: 'right', cell: ({ runs }) => String(runs) },
        { heading: 'event', cell: ({ event, code, detail }) => event ?? `${code}: ${detail}` },
      ],
      { width, heading: paint.dim },
    ),
    '',
    `${counted(sent.length, 'event')}: ${of('admitted')} admitted, ${of('repeat')} repeated, ${of('refused')} refused`,
  ]);
}
