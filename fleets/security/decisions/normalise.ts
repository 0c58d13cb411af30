import { z } from 'zod';
import { decision } from '../../../src/sdk/index.ts';
import { EXPLOITATION, TECHNICAL_IMPACT, YES_NO } from '../events.ts';

const Unreadable = z.literal('unreadable');

/** Analysts' words as typed -> the official tables' own words. A spelling that nobody listed is asked about, never guessed. */
export const normalise = decision('normalise-ssvc', {
  description: 'Reads the three SSVC values as analysts typed them, and says what to do with the record',
  table: new URL('./normalise.jdm.json', import.meta.url),
  tests: new URL('./normalise.tests.json', import.meta.url),
  input: z.object({
    said: z.object({ exploitation: z.string(), automatable: z.string(), technicalImpact: z.string() }),
    seenBefore: z.boolean(),
  }),
  output: z.discriminatedUnion('handling', [
    z.object({
      handling: z.literal('pass on'),
      exploitation: z.enum(EXPLOITATION),
      automatable: z.enum(YES_NO),
      technicalImpact: z.enum(TECHNICAL_IMPACT),
    }),
    z.object({
      handling: z.enum(['ask', 'none']),
      exploitation: z.union([z.enum(EXPLOITATION), Unreadable]),
      automatable: z.union([z.enum(YES_NO), Unreadable]),
      technicalImpact: z.union([z.enum(TECHNICAL_IMPACT), Unreadable]),
    }),
  ]),
});
