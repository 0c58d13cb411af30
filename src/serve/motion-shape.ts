import { z } from '@hono/zod-openapi';
import { AnyJson } from './shapes.ts';

/** A change that one person wants and a second one may have to want too, as every door answers it. */
export const MotionShape = z
  .object({
    id: z.string(),
    kind: z.string().openapi({ example: 'budget.change' }),
    tenant: z.string().openapi({ description: '`*`: the whole installation' }),
    state: z
      .enum(['proposed', 'carried', 'withdrawn', 'lapsed', 'failed'])
      .openapi({ description: '`carried`: it holds; `proposed`: a second person has to want it too' }),
    body: AnyJson,
    says: z.string().openapi({ description: 'what it does, in one sentence' }),
    reason: z.string(),
    by: z.string(),
    at: z.int().openapi({ description: 'milliseconds since the epoch' }),
    secondedBy: z.string().nullable(),
    dueAt: z
      .int()
      .nullable()
      .openapi({ description: 'when it lapses; with one operator only, when it is carried out' }),
    why: z.string(),
  })
  .openapi('Motion');
