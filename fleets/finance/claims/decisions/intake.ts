import { z } from 'zod';
import { decision } from '../../../../src/sdk/index.ts';

export const Intake = z.object({
  submission: z.enum(['first', 'again']),
  action: z.enum(['none', 'note']),
  note: z.string(),
});

export const intakeDecision = decision('claims-intake', {
  description: 'What a submission needs before it goes on',
  table: new URL('./intake.jdm.json', import.meta.url),
  tests: new URL('./intake.tests.json', import.meta.url),
  input: z.object({
    submissions: z.int().nonnegative(),
    cents: z.int().nonnegative(),
    hasBudget: z.boolean(),
  }),
  output: Intake,
});
