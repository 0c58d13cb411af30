import { z } from 'zod';
import { decision } from '../../../src/sdk/index.ts';

const State = z.object({
  /** Whether it was compared with the very version that is amended. */
  inSequence: z.boolean(),
  existed: z.boolean(),
  exists: z.boolean(),
  sameTitle: z.boolean(),
  sameText: z.boolean(),
});
const Found = z.object({ op: z.enum(['added', 'modified', 'deleted', 'unchanged', 'unknown']), why: z.string() });

/** Added, modified, deleted, unchanged, or not to be told: decided for every state that occurs among a section's paragraphs, in their order. */
export const regulationChange = decision('regulation-change', {
  description: 'Whether a paragraph was added, modified or deleted between two versions of a regulation',
  table: new URL('./regulation-change.jdm.json', import.meta.url),
  tests: new URL('./regulation-change.tests.json', import.meta.url),
  input: z.object({ states: z.array(State) }),
  output: z.object({ found: z.array(Found) }),
});
