import { z } from 'zod';
import { decision } from '../../../src/sdk/index.ts';
import { CONTROL_CHANGES } from '../events.ts';

/** Two tables side by side: who answers for a control family, and what is done about a change in one of its controls. */
export const controlRouting = decision('control-routing', {
  description: 'Who answers for a control, which documents it concerns, and what a change in it asks for',
  table: new URL('./control-routing.jdm.json', import.meta.url),
  tests: new URL('./control-routing.tests.json', import.meta.url),
  input: z.object({
    family: z.string(),
    change: z.enum(CONTROL_CHANGES),
    /** The first control of every family asks for its policy and procedures. */
    policyControl: z.boolean(),
    baseline: z.string(),
  }),
  output: z.object({
    owner: z.string(),
    criteria: z.array(z.string()),
    procedures: z.array(z.string()),
    priority: z.enum(['urgent', 'planned', 'note']),
    review: z.boolean(),
    retire: z.boolean(),
  }),
});
