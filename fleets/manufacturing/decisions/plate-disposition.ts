import { z } from 'zod';
import { decision } from '../../../src/sdk/index.ts';
import { Plate } from '../events.ts';

export const plateDisposition = decision('plate-disposition', {
  description: 'Where a plate with a fault goes: a house rule that ships as an example',
  table: new URL('./plate-disposition.jdm.json', import.meta.url),
  tests: new URL('./plate-disposition.tests.json', import.meta.url),
  input: z.object({ fault: Plate.shape.fault, area: z.number() }),
  output: z.object({
    disposition: z.enum(['scrap', 'regrind', 'second-grade', 'clean', 'level', 'pickle', 'ask']),
    reason: z.string(),
  }),
});
