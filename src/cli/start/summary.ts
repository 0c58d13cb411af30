import type { Counts, Reconciliation } from '../../observe/index.ts';
import { count, counted, duration } from '../humane.ts';
import type { Paint } from '../paint.ts';
import { printable } from '../printable.ts';
import type { RecordCheck } from './check-record.ts';
import type { Highlights } from './highlights.ts';

export interface SummaryParts {
  readonly agents: number;
  readonly fleets: number;
  readonly counts: Counts;
  readonly highlights: Highlights;
  readonly check: RecordCheck;
  readonly reconciliation: Reconciliation | null;
  /** Events admitted in this start, and how long that took with the work on them, in milliseconds. */
  readonly admitted: number;
  readonly workMs: number;
  readonly startUpMs: number;
  readonly allMs: number;
}

/** What has been done, in a dozen lines. */
export function summary(parts: SummaryParts, paint: Paint): readonly string[] {
  const { counts, check, highlights } = parts;
  const { runs, effects } = counts;
  const rows: (readonly [string, string])[] = [
    ['agents', `${count(parts.agents)} in ${counted(parts.fleets, 'fleet')}`],
    ['events', `${count(counts.events)} admitted, ${count(counts.published)} more published by agents`],
    ['of', highlights.events.map(({ tenant, count: n }) => `${printable(tenant)} ${count(n)}`).join(', ') || 'nothing'],
    [
      'runs',
      `${count(runs.done)} done, ${count(runs.failed)} failed, ${count(runs.refused)} refused, ${count(runs.waiting)} waiting` +
        (runs['set-aside'] > 0 ? `, ${paint.bad(`${count(runs['set-aside'])} set aside`)}` : ', 0 set aside'),
    ],
    [
      'effects',
      `${count(effects.done)} done, ${count(effects.failed)} failed, ${count(effects.unknown)} unknown, ` +
        `${count(effects.refused)} refused, ${count(effects.waiting)} waiting`,
    ],
    ['refused by', listed(highlights.refusals.map(({ by, count: n }) => `${printable(by)} (${count(n)})`))],
    ['waiting for', listed(highlights.waitingFor.map(({ roles, count: n }) => `${printable(roles)} (${count(n)})`))],
    ...highlights.setAside.map(({ why, count: n }) => ['set aside', `${count(n)}: ${printable(why)}`] as const),
    ['record', recordLine(check, paint)],
    ['reconciled', reconciledLine(parts.reconciliation, paint)],
    ['speed', speedLine(parts)],
  ];
  return rows.map(([name, text]) => `  ${paint.dim(name.padEnd(11))}  ${text}`);
}

function listed(items: readonly string[]): string {
  return items.length === 0 ? 'nobody' : items.join(', ');
}

function recordLine({ entries, root, verified, why }: RecordCheck, paint: Paint): string {
  const verdict = verified
    ? paint.good('verified offline by the public key and the witness')
    : paint.bad(`does not verify: ${why}`);
  return `${counted(entries, 'entry', 'entries')}, root ${root ?? 'none'}, ${verdict}`;
}

/** The systems' own journals against effects and ledger. */
function reconciledLine(found: Reconciliation | null, paint: Paint): string {
  if (found === null) return 'not possible: the systems keep no journal that can be read here';
  const text = `${found.unlogged} unlogged, ${found.lost} lost, ${found.duplicate} duplicate`;
  const open = found.unknown + found.unfinished > 0 ? `; ${found.unknown} unknown, ${found.unfinished} unfinished` : '';
  const agree = found.unlogged + found.lost + found.duplicate + found.contradicted === 0;
  const contradicted = found.contradicted > 0 ? `, ${found.contradicted} contradicted` : '';
  return (agree ? paint.good(text) : paint.bad(text + contradicted)) + open;
}

function speedLine({ admitted, workMs, startUpMs, allMs }: SummaryParts): string {
  const rate =
    admitted === 0
      ? 'nothing was left to do'
      : `${count(Math.round((admitted * 1_000) / Math.max(1, workMs)))} events per second`;
  return `${rate}; started in ${duration(startUpMs)}; ${duration(allMs)} in all`;
}

/** Commands worth typing next, in another terminal. */
export function whereToLook(
  { samples }: Highlights,
  place: { readonly url: string; readonly tokenFile: string; readonly reeve: string },
  paint: Paint,
): readonly string[] {
  const rows: [string, string][] = [[`${place.reeve} status`, 'what goes on, what is stuck and why']];
  if (samples.done) rows.push([`${place.reeve} run show ${samples.done}`, 'a run that acted, from event to outcome']);
  if (samples.refused) rows.push([`${place.reeve} run show ${samples.refused}`, 'one that was refused, and by what']);
  if (samples.waiting) rows.push([`${place.reeve} run show ${samples.waiting}`, 'one that waits for a person']);
  if (samples['set-aside']) rows.push([`${place.reeve} run show ${samples['set-aside']}`, 'one that was set aside']);
  rows.push([`${place.reeve} ledger tail -f`, 'the record as it grows'], [`${place.reeve} --help`, 'everything else']);
  const width = Math.max(...rows.map(([command]) => command.length));
  return [
    'Where to look next, in another terminal:',
    ...rows.map(([command, what]) => `  ${paint.bold(command.padEnd(width))}  ${paint.dim(what)}`),
    `The HTTP API answers at ${paint.bold(place.url)} with the token in ${place.tokenFile}`,
  ];
}
