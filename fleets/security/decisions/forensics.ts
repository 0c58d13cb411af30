import { z } from 'zod';
import { decision } from '../../../src/sdk/index.ts';

/** Whether a unit must look for traces of an intrusion that has already happened. */
export const forensicInquiry = decision('forensic-inquiry', {
  description: 'When an ordered remediation also needs a forensic case, and when an outside responder is called',
  table: new URL('./forensics.jdm.json', import.meta.url),
  tests: new URL('./forensics.tests.json', import.meta.url),
  input: z.object({ outcome: z.string(), ransomware: z.boolean() }),
  output: z.object({ inquiry: z.enum(['case', 'case and responder', 'none']) }),
});
