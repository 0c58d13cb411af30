import { z } from 'zod';
import { decision } from '../../../src/sdk/index.ts';

const Concerned = z.object({
  kind: z.enum(['policies', 'narratives', 'procedures']),
  /** False for a document that is a heading with nothing under it. */
  written: z.boolean(),
  priority: z.string(),
});

/** Write, revise or confirm: decided for every document concerned, in their order. */
export const procedureReview = decision('procedure-review', {
  description: 'What has to be done with each internal document that a change concerns',
  table: new URL('./procedure-review.jdm.json', import.meta.url),
  tests: new URL('./procedure-review.tests.json', import.meta.url),
  input: z.object({ documents: z.array(Concerned) }),
  output: z.object({ actions: z.array(z.object({ action: z.string() })) }),
});
