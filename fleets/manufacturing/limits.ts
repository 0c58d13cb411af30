import type { ChartKind, Limits, Sample } from './events.ts';

/**
 * Control-chart constants d2 (expected range of n standard normal values) by subgroup size n: ASTM E2587, table of factors.
 */
const D2: Readonly<Record<number, number>> = { 2: 1.128, 3: 1.693, 4: 2.059, 5: 2.326, 6: 2.534, 7: 2.704, 8: 2.847 };

type Measured = Pick<Sample, 'values' | 'size'>;

/**
 * Limits of a Shewhart chart from the samples of phase I, three standard errors either side of the centre line. All samples
 * are taken to be of the size of the first. Null when there are fewer than two,
 * when there is no constant for subgroups of that size, and when nothing varies.
 */
export function limitsOf(kind: ChartKind, phase: readonly Measured[]): Limits | null {
  const [first] = phase;
  if (first === undefined || phase.length < 2) return null;
  const center = mean(phase.map((sample) => pointOf(kind, sample)));
  const deviation = deviationOf(kind, center, phase, first);
  if (deviation === null || deviation === 0) return null;
  const lower = center - 3 * deviation;
  const counts = kind === 'p' || kind === 'c';
  return {
    center,
    deviation,
    lower: counts ? Math.max(0, lower) : lower,
    upper: center + 3 * deviation,
    samples: phase.length,
  };
}

/** What is plotted for one sample: its mean, its proportion, or its count. */
export function pointOf(kind: ChartKind, { values, size }: Measured): number {
  return kind === 'p' ? mean(values) / size : mean(values);
}

function deviationOf(kind: ChartKind, center: number, phase: readonly Measured[], first: Measured): number | null {
  switch (kind) {
    case 'xbar': {
      const d2 = D2[first.values.length];
      return d2 === undefined ? null : mean(phase.map(rangeOf)) / d2 / Math.sqrt(first.values.length);
    }
    case 'p':
      return Math.sqrt((center * (1 - center)) / first.size);
    case 'c':
      return Math.sqrt(center);
    case 'individuals':
      return mean(movingRanges(phase.map((sample) => pointOf(kind, sample)))) / 1.128;
  }
}

function rangeOf({ values }: Measured): number {
  return Math.max(...values) - Math.min(...values);
}

function movingRanges(points: readonly number[]): readonly number[] {
  return points.slice(1).map((point, i) => Math.abs(point - (points[i] ?? point)));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
