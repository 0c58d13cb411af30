import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { z } from 'zod';
import type { RawEvent } from '../../../src/sdk/index.ts';
import type { Plate } from '../events.ts';

/** The data's column for each fault, spelt as it is there. */
const FAULT_COLUMNS = [
  ['Pastry_Fault', 'pastry'],
  ['Z_Scratch_Fault', 'z-scratch'],
  ['K_Scatch_Fault', 'k-scratch'],
  ['Stains_Fault', 'stains'],
  ['Dirtiness_Fault', 'dirtiness'],
  ['Bumps_Fault', 'bumps'],
  ['Other_Faults', 'other'],
] as const satisfies readonly (readonly [string, z.infer<typeof Plate>['fault']])[];

const TEN_MINUTES = 600_000;
const FIRST = Date.parse('2012-02-01T08:00:00Z');

/** The first `limit` plates, one every ten minutes. Of the 27 measures, those that the disposition looks at. */
export function* plateEvents(limit: number): Generator<RawEvent> {
  const file = new URL('../data/steel_plates_faults.csv.gz', import.meta.url);
  const [head = '', ...lines] = gunzipSync(readFileSync(file)).toString('utf8').trim().split(/\r?\n/);
  const columns = head.split(',');
  for (const [i, line] of lines.slice(0, limit).entries()) {
    const cells = line.split(',');
    const cell = (column: string) => Number(cells[columns.indexOf(column)]);
    const plate = `plate-${i + 1}`;
    const data: z.infer<typeof Plate> = {
      plate,
      steel: cell('TypeOfSteel_A300') === 1 ? 'a300' : 'a400',
      thickness: cell('Steel_Plate_Thickness'),
      fault: FAULT_COLUMNS.find(([column]) => cell(column) === 1)?.[1] ?? 'other',
      area: cell('Pixels_Areas'),
    };
    const time = new Date(FIRST + i * TEN_MINUTES).toISOString();
    yield { id: plate, source: 'mill/steel-plates', type: 'plate.measured', subject: plate, time, data };
  }
}
