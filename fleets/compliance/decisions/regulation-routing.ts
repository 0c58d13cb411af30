import { z } from 'zod';
import { decision } from '../../../src/sdk/index.ts';

/** Two tables side by side: who answers for a section, and what is done about a change in it. */
export const regulationRouting = decision('regulation-routing', {
  description:
    'Who answers for a section of a regulation, which documents it concerns, and how urgent a change in it is',
  table: new URL('./regulation-routing.jdm.json', import.meta.url),
  tests: new URL('./regulation-routing.tests.json', import.meta.url),
  input: z.object({
    /** Part of 12 CFR. */
    regulation: z.string(),
    /** Number of the section in its part, 0 when it is none. */
    article: z.int(),
    /** `A`, `MS1`; empty when it is none. */
    appendix: z.string(),
    /** Paragraphs that stand now. */
    standing: z.int(),
    /** Changes outside the official commentary. */
    rules: z.int(),
    /** Days from publication to effect; below 0 when it took effect first. */
    noticeDays: z.int(),
  }),
  output: z.object({
    owner: z.string(),
    criteria: z.array(z.string()),
    procedures: z.array(z.string()),
    priority: z.enum(['immediate', 'urgent', 'planned', 'note']),
    review: z.boolean(),
    notify: z.boolean(),
    retire: z.boolean(),
  }),
});
