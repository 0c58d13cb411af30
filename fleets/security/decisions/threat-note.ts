import { z } from 'zod';
import { decision } from '../../../src/sdk/index.ts';

/** What a unit's risk register should say about a vulnerability that is known to be exploited. */
export const threatNote = decision('threat-note', {
  description: 'Which threats of a known exploited vulnerability concern a unit, by what it stands to lose',
  table: new URL('./threat-note.jdm.json', import.meta.url),
  tests: new URL('./threat-note.tests.json', import.meta.url),
  input: z.object({
    alreadyNoted: z.boolean(),
    ransomware: z.boolean(),
    standing: z.enum(['low', 'medium', 'high', 'not exposed', 'exposed']),
    techniques: z.array(z.string()),
  }),
  output: z.object({ note: z.enum(['ransomware', 'way in', 'technique', 'none']) }),
});
