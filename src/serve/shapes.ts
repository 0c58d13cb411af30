import { z } from '@hono/zod-openapi';
import {
  CONFIDENTIALITIES,
  EFFECT_CLASSES,
  EFFECT_STATES,
  ENTRY_KINDS,
  INTEGRITIES,
  RUN_STATES,
  type AgentId,
  type ApprovalId,
  type Digest,
  type EventId,
  type PermitId,
  type Id,
  type MotionId,
  type PersonId,
  type RunId,
  type TenantId,
  type ToolId,
} from '../vocabulary/index.ts';

/** The shared words as the API shows them. Names are checked here, so that nothing else reaches a query. */
const id = <T extends string>(prefix: string) =>
  z.string().regex(new RegExp(`^${prefix}_[0-9a-f]{32}$`)) as unknown as z.ZodType<T, string>;
const name = <T extends string>() =>
  z
    .string()
    .max(200)
    .regex(/^[a-z0-9][a-z0-9._-]*$/, 'a name is lower-case letters, digits, dots and dashes') as unknown as z.ZodType<
    T,
    string
  >;

export const RunIdText = id<RunId>('run');
export const EventIdText = id<EventId>('evt');
export const PermitIdText = id<PermitId>('prm');
export const ApprovalIdText = id<ApprovalId>('apr');
export const TokenIdText = id<Id<'token'>>('tok');
export const MotionIdText = id<MotionId>('mot');
export const PersonIdText = id<PersonId>('per');
export const TenantName = name<TenantId>();
export const AgentName = name<AgentId>();
export const ToolName = name<ToolId>();
export const EventType = name<string>();
export const DigestText = z.string().regex(/^sha256:[0-9a-f]{64}$/) as unknown as z.ZodType<Digest, string>;
export const RunStateText = z.enum(RUN_STATES);
export const EffectStateText = z.enum(EFFECT_STATES);
export const EffectClassText = z.enum(EFFECT_CLASSES);
export const EntryKindText = z.enum(ENTRY_KINDS);
/** RFC 3339 in UTC with milliseconds. */
export const Time = z.iso.datetime();
export const Seq = z.int().nonnegative().openapi({ description: 'position on record, from 1' });
export const SeqInPath = z
  .string()
  .regex(/^[1-9]\d{0,14}$/)
  .transform(Number)
  .openapi({ type: 'integer', minimum: 1 });
export const AnyJson = z.unknown().openapi({ description: 'any JSON value' });
export const LabelShape = z
  .object({
    integrity: z.enum(INTEGRITIES),
    confidentiality: z.enum(CONFIDENTIALITIES),
    origins: z.array(z.string()).readonly(),
  })
  .openapi('Label');
export const MoneyShape = z.object({ minor: z.int(), currency: z.string() }).openapi('Money');

/** `?limit=`: how many on a page. */
export const Limit = z
  .string()
  .regex(/^[1-9]\d{0,3}$/, 'a whole number from 1')
  .transform(Number)
  .refine((limit) => limit <= MOST_ON_PAGE, `at most 500 on a page`)
  .default(50)
  .openapi({ type: 'integer', minimum: 1, maximum: 500, default: 50 });
const MOST_ON_PAGE = 500;
export const CursorText = z
  .string()
  .max(500)
  .regex(/^[A-Za-z0-9_-]+$/, 'no cursor of ours')
  .openapi({ description: '`next` of the page before' });

/** One page of things, and where the next begins. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item),
    next: z.string().nullable().openapi({ description: 'cursor of the next page; null on the last' }),
  });
}
