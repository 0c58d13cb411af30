import { z } from 'zod';
import { decision } from '../../../src/sdk/index.ts';
import { ChartKind } from '../events.ts';

export const phaseReview = decision('phase-review', {
  description: 'Whether the samples of a phase give limits',
  table: new URL('./phase-review.jdm.json', import.meta.url),
  tests: new URL('./phase-review.tests.json', import.meta.url),
  input: z.object({ kind: ChartKind, samples: z.int() }),
  output: z.object({ limits: z.enum(['set', 'wait']), review: z.boolean(), reason: z.string() }),
});
