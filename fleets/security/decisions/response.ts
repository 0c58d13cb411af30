import { z } from 'zod';

/** What a unit does about an official outcome: the second table of both templates, and the enterprise's own. */
const response = {
  response: z.enum(['escalate', 'ticket', 'watch', 'none']),
  /** Whole days from the analysis; 0 where nothing is due. */
  dueInDays: z.int().min(0),
  /** Whether the unit's patch planners and forensics are to start at once. */
  order: z.boolean(),
};

/** The output of a template whose official table knows these outcomes. */
export function responseTo<const T extends readonly [string, ...string[]]>(outcomes: T) {
  return z.object({ outcome: z.enum(outcomes), ...response });
}

export type UnitResponse = z.infer<z.ZodObject<typeof response>> & { readonly outcome: string };
