import { z } from 'zod';
import { decision } from '../../../src/sdk/index.ts';

export const orderClosing = decision('order-closing', {
  description: 'What becomes of an order when no more steps come',
  table: new URL('./order-closing.jdm.json', import.meta.url),
  tests: new URL('./order-closing.tests.json', import.meta.url),
  input: z.object({ packed: z.boolean(), inspected: z.boolean(), inspectedBeforePacking: z.boolean() }),
  output: z.object({ close: z.enum(['complete', 'review', 'quarantine', 'leave-open']), finding: z.string() }),
});
