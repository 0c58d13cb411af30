import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import type { Rehearsed, Scorer } from '../../src/sdk/index.ts';
import type { UnitName } from './units.ts';

/** The columns of the reference, and the unit that each is about. */
const COLUMNS = [
  { column: 'ssvc_mission_low', unit: 'office', key: 'CISA coordinator: mission low' },
  { column: 'ssvc_mission_medium', unit: 'logistics', key: 'CISA coordinator: mission medium' },
  { column: 'ssvc_mission_high', unit: 'production', key: 'CISA coordinator: mission high' },
  { column: 'bod2604_not_exposed', unit: 'data-centre', key: 'BOD 26-04: not exposed' },
  { column: 'bod2604_exposed', unit: 'web-shop', key: 'BOD 26-04: exposed' },
] as const satisfies readonly { column: string; unit: UnitName; key: string }[];

const Decided = z.object({ outcome: z.string() });

/** Compares what the five triage agents decided about each CVE with the look-up published beside the data. */
export function score(): Scorer {
  const reference = readReference();
  const tallies = new Map(
    COLUMNS.map(({ column, unit, key }) => [
      unit as string,
      { key, expected: reference.column(column), agreed: 0, extra: 0 },
    ]),
  );
  const answered = new Set<string>();
  return {
    observe({ role, unit, event, decided }: Rehearsed) {
      const tally = tallies.get(unit);
      if (role !== 'triage' || tally === undefined) return;
      const matter = `${unit}/${event.subject}`;
      // A second answer about the same CVE is no second agreement: it counts as one too many.
      const right = tally.expected.get(event.subject) === Decided.parse(decided).outcome && !answered.has(matter);
      answered.add(matter);
      if (right) tally.agreed += 1;
      else tally.extra += 1;
    },
    result: () =>
      [...tallies.values()].map(({ key, expected, agreed, extra }) => ({
        key,
        expected: expected.size,
        agreed,
        extra,
      })),
  };
}

function readReference() {
  const file = gunzipSync(readFileSync(new URL('./data/expected-decisions.csv.gz', import.meta.url))).toString('utf8');
  const [header = [], ...rows] = file
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => line.split(','));
  return {
    column(name: string): ReadonlyMap<string, string> {
      const at = header.indexOf(name);
      return new Map(rows.map((row) => [row[0] ?? '', row[at] ?? '']));
    },
  };
}
