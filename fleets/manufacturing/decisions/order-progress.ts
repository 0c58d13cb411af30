import { z } from 'zod';
import { decision } from '../../../src/sdk/index.ts';

export const orderProgress = decision('order-progress', {
  description: 'Which stage an order has reached',
  table: new URL('./order-progress.jdm.json', import.meta.url),
  tests: new URL('./order-progress.tests.json', import.meta.url),
  input: z.object({ activity: z.string(), startedBefore: z.boolean() }),
  output: z.object({ report: z.boolean(), stage: z.string() }),
});
