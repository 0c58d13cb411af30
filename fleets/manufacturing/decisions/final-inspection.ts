import { z } from 'zod';
import { decision } from '../../../src/sdk/index.ts';

export const finalInspection = decision('final-inspection', {
  description: 'Whether an order is held because it is packed without a final inspection',
  table: new URL('./final-inspection.jdm.json', import.meta.url),
  tests: new URL('./final-inspection.tests.json', import.meta.url),
  input: z.object({ activity: z.string(), inspectedBefore: z.boolean(), packedBefore: z.boolean() }),
  output: z.object({ hold: z.boolean(), finding: z.string() }),
});
