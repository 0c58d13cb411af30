import { z } from 'zod';
import { decision } from '../../../../src/sdk/index.ts';
import { ClaimException } from '../events.ts';

export const Exception = z.object({
  team: z.enum(['administration', 'finance-control']),
  priority: z.enum(['low', 'normal', 'urgent']),
  dueDays: z.int().positive(),
  title: z.string(),
  evidence: z.boolean(),
});

export const exceptionDecision = decision('claims-exception', {
  description: 'Who looks at an exception, and how soon',
  table: new URL('./exception.jdm.json', import.meta.url),
  tests: new URL('./exception.tests.json', import.meta.url),
  input: z.object({
    kind: ClaimException.shape.kind,
    cents: z.int().nonnegative(),
  }),
  output: Exception,
});
