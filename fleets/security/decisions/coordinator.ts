import { z } from 'zod';
import { decision } from '../../../src/sdk/index.ts';
import { EXPLOITATION, TECHNICAL_IMPACT, YES_NO } from '../events.ts';
import { responseTo } from './response.ts';

/** CISA's SSVC coordinator table 2.0.3, 36 rows as published (CERTCC/SSVC), then what the unit does about the outcome. */
export const coordinator = decision('cisa-coordinator', {
  description: 'How urgently a unit of a given mission impact handles a vulnerability: track, track*, attend or act',
  table: new URL('./coordinator.jdm.json', import.meta.url),
  tests: new URL('./coordinator.tests.json', import.meta.url),
  input: z.object({
    exploitation: z.enum(EXPLOITATION),
    automatable: z.enum(YES_NO),
    technicalImpact: z.enum(TECHNICAL_IMPACT),
    mission: z.enum(['low', 'medium', 'high']),
    alreadyTicketed: z.boolean(),
  }),
  output: responseTo(['track', 'track*', 'attend', 'act']),
});
