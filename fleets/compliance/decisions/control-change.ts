import { z } from 'zod';
import { decision } from '../../../src/sdk/index.ts';
import { CONTROL_CHANGES } from '../events.ts';

/** Entered, left or reworded, and in which fields; or none of these. */
export const controlChange = decision('control-change', {
  description: 'What a revision of NIST SP 800-53 changes in one control of one baseline',
  table: new URL('./control-change.jdm.json', import.meta.url),
  tests: new URL('./control-change.tests.json', import.meta.url),
  input: z.object({
    wasMember: z.boolean(),
    isMember: z.boolean(),
    sameTitle: z.boolean(),
    sameStatement: z.boolean(),
  }),
  output: z.object({
    change: z.enum([...CONTROL_CHANGES, 'none']),
    fields: z.array(z.enum(['title', 'statement'])),
  }),
});
