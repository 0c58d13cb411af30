import { readFileSync } from 'node:fs';
import type { RawEvent } from '../../../src/sdk/index.ts';
import type { ChartKind, Sample } from '../events.ts';
import { CHARTS } from '../units.ts';

type Chart = (typeof CHARTS)[number];
type Row = Readonly<Record<string, string>>;

/** How each series is written: its columns, and how many units a sample is of where no column says so. */
const SERIES = {
  pistonrings: { kind: 'xbar', sample: 'sample', value: 'diameter' },
  orangejuice: { kind: 'p', sample: 'sample', value: 'D' },
  circuit: { kind: 'c', sample: null, value: 'x' },
  viscosity: { kind: 'individuals', sample: 'batch', value: 'viscosity' },
} as const satisfies Record<Chart, { kind: ChartKind; sample: string | null; value: string }>;

const HOUR = 3_600_000;
const FIRST = Date.parse('2012-01-02T08:00:00Z');

/** Every sample of every chart, one an hour, with `phase.closed` half an hour after the last that limits are found by. */
export function* chartEvents(): Generator<RawEvent> {
  for (const chart of CHARTS) {
    const samples = samplesOf(chart);
    const phaseOne = samples.filter(({ phase }) => phase === 1).length;
    for (const [i, sample] of samples.entries()) {
      const at = FIRST + i * HOUR;
      yield event(chart, 'sample.measured', `sample-${sample.sample}`, at, { ...sample });
      if (i + 1 !== phaseOne) continue;
      const closed = { subject: chart, kind: sample.kind, samples: phaseOne };
      yield event(chart, 'phase.closed', 'phase-1-closed', at + HOUR / 2, closed);
    }
  }
}

function event(chart: Chart, type: string, id: string, at: number, data: RawEvent['data']): RawEvent {
  return { id, source: `laboratory/${chart}`, type, subject: chart, time: new Date(at).toISOString(), data };
}

function samplesOf(chart: Chart): readonly Sample[] {
  const { kind, sample: column, value } = SERIES[chart];
  const samples = new Map<number, Sample>();
  for (const [i, row] of rowsOf(chart).entries()) {
    const sample = column === null ? i + 1 : Number(row[column]);
    const values = [...(samples.get(sample)?.values ?? []), Number(row[value])];
    const size = row['size'] === undefined ? values.length : Number(row['size']);
    const phase = row['trial'] === 'TRUE' ? 1 : 2;
    samples.set(sample, { subject: chart, kind, sample, phase, size, values, limits: null });
  }
  return [...samples.values()];
}

function rowsOf(chart: Chart): readonly Row[] {
  const text = readFileSync(new URL(`../data/spc_${chart}.txt`, import.meta.url), 'utf8');
  const [head = [], ...body] = text
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  return body.map((cells) => Object.fromEntries(cells.map((cell, i) => [head[i] ?? '', cell])));
}
