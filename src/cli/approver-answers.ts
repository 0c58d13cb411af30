/** What is read of the API's answers about approvers. More may be in them. */
import { z } from 'zod';

export const ApproverAnswer = z.looseObject({
  person: z.string(),
  name: z.string(),
  days: z.number(),
  load: z.object({ answers: z.number(), perDay: z.number(), mostPerHour: z.number(), open: z.number() }),
  dwell: z.object({ medianSeconds: z.number().nullable(), p10Seconds: z.number().nullable(), unseen: z.number() }),
  said: z.object({ approved: z.number(), declined: z.number(), edited: z.number() }),
  notApproved: z.number().nullable(),
  overruled: z.object({
    rate: z.number().nullable(),
    byOthers: z.number(),
    byReview: z.number(),
    byIncident: z.number(),
  }),
  checks: z.object({ caught: z.number(), missed: z.number(), refresher: z.boolean() }),
});
export type ApproverAnswer = z.infer<typeof ApproverAnswer>;
export const ApproverPage = z.object({ items: z.array(ApproverAnswer), next: z.string().nullable() });
