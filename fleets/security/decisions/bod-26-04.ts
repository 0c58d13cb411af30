import { z } from 'zod';
import { decision } from '../../../src/sdk/index.ts';
import { TECHNICAL_IMPACT, YES_NO } from '../events.ts';
import { responseTo } from './response.ts';

/** CISA BOD 26-04 remediation timelines 1.0.0, 16 rows as published (CERTCC/SSVC), then what the unit does about it. */
export const bod2604 = decision('cisa-bod-26-04', {
  description: 'By when a vulnerability must be remedied on assets that are exposed to the public, or not',
  table: new URL('./bod-26-04.jdm.json', import.meta.url),
  tests: new URL('./bod-26-04.tests.json', import.meta.url),
  input: z.object({
    inKev: z.enum(YES_NO),
    exposed: z.enum(YES_NO),
    automatable: z.enum(YES_NO),
    technicalImpact: z.enum(TECHNICAL_IMPACT),
    alreadyTicketed: z.boolean(),
  }),
  output: responseTo(['fix on system upgrade', '60 days', '14 days', '3 days', '3 days & forensic investigation']),
});
