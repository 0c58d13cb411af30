import { z } from 'zod';
import { decision } from '../../../src/sdk/index.ts';

export const reworkFeedback = decision('rework-feedback', {
  description: 'Whether a rework is fed back to design, and what about',
  table: new URL('./rework-feedback.jdm.json', import.meta.url),
  tests: new URL('./rework-feedback.tests.json', import.meta.url),
  input: z.object({ activity: z.string(), fedBackBefore: z.boolean() }),
  output: z.object({ feedBack: z.boolean(), concern: z.string() }),
});
