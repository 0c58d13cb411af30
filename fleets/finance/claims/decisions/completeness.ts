import { z } from 'zod';
import { decision } from '../../../../src/sdk/index.ts';
import { STEPS } from '../events.ts';

export const Completeness = z.object({
  flag: z.enum(['none', 'rejected', 'never-submitted']),
  action: z.enum(['none', 'note', 'write']),
  note: z.string(),
});

export const completenessDecision = decision('claims-completeness', {
  description: 'What a claimant is told about a claim that came back',
  table: new URL('./completeness.jdm.json', import.meta.url),
  tests: new URL('./completeness.tests.json', import.meta.url),
  input: z.object({
    document: z.enum(['claim', 'permit', 'payment']),
    step: z.enum(STEPS),
    role: z.string(),
    submissions: z.int().nonnegative(),
    refusals: z.int().nonnegative(),
  }),
  output: Completeness,
});
