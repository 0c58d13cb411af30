import { z } from '@hono/zod-openapi';

/** Why, in the words of whoever asks. */
export const Reason = z.string().trim().min(1).max(500).openapi({ description: 'goes on record' });
