import { Command } from 'commander';
import { Status } from '../answers.ts';
import { examples } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { discover } from '../discovery.ts';
import { count, counted, relative } from '../humane.ts';
import { printable } from '../printable.ts';
import type { Session } from '../session.ts';
import { table } from '../table.ts';

export function statusCommand(cli: Cli): Command {
  return new Command('status')
    .summary('what goes on, what is stuck, and why')
    .description(
      'Shows the platform that runs on the data folder: its queues, what is on record, what people are waited for, what is ' +
        'stopped or set aside and why, and how database and engine are.',
    )
    .addHelpText('after', examples(['reeve status', 'once'], ['watch -n 2 reeve status', 'again and again']))
    .action((_: unknown, command: Command) =>
      cli.run(command, async (session) => {
        const { dataDir } = session.config;
        const client = connect(session);
        const status = await client.get('/v1/status', Status);
        const since = discover(dataDir);
        session.answer({ url: client.url, pid: since?.pid, startedAt: since?.startedAt, ...status }, () => [
          `${session.paint.bold(client.url)}${since === null ? '' : `, process ${since.pid}, started ${relative(since.startedAt, Date.now())}`}`,
          ...lines(status, session),
          ...setAside(status, session),
        ]);
      }),
    );
}

function lines(status: Status, { paint }: Session): readonly string[] {
  const { counts, queue, sealing, trouble, breakers } = status;
  const tally = (by: Readonly<Record<string, number>>) =>
    Object.entries(by)
      .filter(([, n]) => n > 0)
      .map(([state, n]) => `${count(n)} ${state}`)
      .join(', ') || 'none';
  const open = Object.entries(breakers).filter(([, state]) => state !== 'closed');
  const stopped = status.fences.filter((fence) => fence.stopped);
  const rows: (readonly [string, string])[] = [
    ['work', `${count(queue.active)} under way, ${count(queue.queued)} queued, room for ${count(queue.room)} more`],
    ['events', `${count(counts.events)} admitted, ${count(counts.published)} more published by agents`],
    ['runs', tally(counts.runs)],
    ['effects', tally(counts.effects)],
    ['approvals', `${count(counts.approvalsPending)} wait for people`],
    [
      'record',
      `${counted(sealing.entries, 'entry', 'entries')}, ${sealing.behind === 0 ? 'all sealed' : `${count(sealing.behind)} not sealed yet`}`,
    ],
    ['law', `policies ${status.policies.slice(0, 19)}`],
    ...((status.policiesShipped ?? null) === null
      ? []
      : [
          [
            '',
            paint.warn(
              `${status.policiesShipped?.slice(0, 19)} came with this release and is not in force: \`reeve policy diff shipped\``,
            ),
          ] as const,
        ]),
    ...stopped.map(
      ({ scope, reason }) => ['stopped', paint.warn(`${printable(scope)}: ${printable(reason)}`)] as const,
    ),
    ...status.brokenGlass.map(
      ({ grant, agent, tool, until }) =>
        [
          'glass',
          paint.bad(
            `broken for ${printable(agent ?? 'every agent')}, ${printable(tool ?? 'every tool')} until ${until} (${grant})`,
          ),
        ] as const,
    ),
    ...Object.entries(status.children).map(([name, { kind, address, state, reason }]) => {
      const how = state === undefined ? kind : state === 'healthy' ? paint.good(state) : paint.bad(state);
      return [name, `${how}, ${printable(address)}${reason === undefined ? '' : `: ${printable(reason)}`}`] as const;
    }),
    ...open.map(([system, state]) => ['breaker', paint.warn(`${printable(system)} is ${state}`)] as const),
    ...(trouble.count === 0
      ? []
      : [['trouble', paint.warn(`${count(trouble.count)}; last: ${printable(trouble.last ?? '')}`)] as const]),
  ];
  return rows.map(([name, text]) => `  ${paint.dim(name.padEnd(9))}  ${text}`);
}

function setAside({ setAside: runs }: Status, { paint, width }: Session): readonly string[] {
  if (runs.length === 0) return [];
  return [
    '',
    paint.bad('set aside after bounded retries:'),
    ...table(
      runs,
      [
        { heading: 'run', cell: ({ id }) => id },
        { heading: 'agent', cell: ({ agent }) => agent },
        { heading: 'why', cell: ({ why }) => why },
      ],
      { width, heading: paint.dim },
    ),
  ];
}
