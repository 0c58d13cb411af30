import { z } from 'zod';
import { decision } from '../../../src/sdk/index.ts';
import { ChartKind } from '../events.ts';

export const chartSignal = decision('chart-signal', {
  description: 'Whether a sample signals, and who is told',
  table: new URL('./chart-signal.jdm.json', import.meta.url),
  tests: new URL('./chart-signal.tests.json', import.meta.url),
  input: z.object({
    kind: ChartKind,
    stage: z.enum(['collecting', 'review', 'production']),
    restsOn: z.int().nonnegative(),
    distance: z.number(),
  }),
  output: z.object({ signal: z.enum(['none', 'above', 'below']), ticket: z.boolean(), andon: z.boolean() }),
});
