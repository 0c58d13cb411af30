/** What is read of the API's answers about autonomy, incidents, reviews and grants. More may be in them. */
import { z } from 'zod';

const When = z.union([z.string(), z.number()]).transform((when) => new Date(when).getTime());

/** A change that holds, or waits for a second person. */
export const ProposedAnswer = z.looseObject({
  id: z.string(),
  state: z.string(),
  says: z.string(),
  dueAt: When.nullable(),
  why: z.string(),
});

export const AutonomyAnswer = z.looseObject({
  items: z.array(
    z.looseObject({
      tool: z.string(),
      level: z.string(),
      declared: z.string(),
      promotion: z.looseObject({ level: z.string(), until: z.string() }).nullable(),
      lost: z.string().nullable(),
      ceilings: z.array(z.looseObject({ id: z.string(), level: z.string(), reason: z.string() })),
      evidence: z.looseObject({ clean: z.number(), errors: z.number(), unseen: z.number() }),
      next: z
        .looseObject({
          level: z.string(),
          needs: z.object({ mostErrors: z.number(), confidence: z.number() }).nullable(),
          bound: z.number().nullable(),
          enough: z.boolean(),
        })
        .nullable(),
    }),
  ),
});
export type AutonomyAnswer = z.infer<typeof AutonomyAnswer>;

export const IncidentAnswer = z.looseObject({
  id: z.string(),
  tenant: z.string(),
  state: z.string(),
  severity: z.number(),
  agent: z.string(),
  tool: z.string().nullable(),
  what: z.string(),
  at: z.string(),
});
export const IncidentPage = z.object({ items: z.array(IncidentAnswer), next: z.string().nullable() });

export const ReviewAnswer = z.looseObject({
  id: z.string(),
  state: z.string(),
  run: z.string(),
  agent: z.string(),
  tool: z.string(),
  level: z.string(),
  resource: z.string(),
  why: z.string(),
  dueAt: z.string().nullable(),
  answer: z.string().nullable(),
  late: z.boolean(),
});
export const ReviewPage = z.object({ items: z.array(ReviewAnswer), next: z.string().nullable() });

export const GrantAnswer = z.looseObject({
  id: z.string(),
  tenant: z.string(),
  form: z.string(),
  state: z.string(),
  agent: z.string().nullable(),
  tool: z.string().nullable(),
  lifts: z.array(z.string()),
  uses: z.number(),
  until: z.string(),
  review: z.looseObject({ dueAt: z.string(), answer: z.string().nullable() }).nullable(),
});
export const GrantPage = z.object({ items: z.array(GrantAnswer), next: z.string().nullable() });
