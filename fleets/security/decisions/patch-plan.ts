import { z } from 'zod';
import { decision } from '../../../src/sdk/index.ts';

/** How a unit remedies what cannot wait for its usual maintenance. */
export const patchPlan = decision('patch-plan', {
  description:
    'Whether an ordered remediation is a disconnection, an emergency or expedited change, or the next window',
  table: new URL('./patch-plan.jdm.json', import.meta.url),
  tests: new URL('./patch-plan.tests.json', import.meta.url),
  input: z.object({ requiredAction: z.string(), inKev: z.boolean(), ransomware: z.boolean() }),
  output: z.object({ plan: z.enum(['disconnect', 'emergency change', 'expedited change', 'next window']) }),
});
