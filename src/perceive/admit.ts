import { z } from 'zod';
import {
  derivedId,
  digest,
  isFault,
  Misuse,
  type Event,
  type Json,
  NO_TRAIL,
  type Label,
  type PersonId,
  type RawEvent,
  type TenantId,
} from '../vocabulary/index.ts';

/** A CloudEvent 1.0 in structured form, as far as Reeve reads it; unknown attributes are kept out, not refused. */
export const CloudEvent = z.object({
  specversion: z.literal('1.0'),
  id: z.string().min(1).max(256),
  // A URI reference holds neither white space nor `|`, which is what keeps source and id apart in the dedupe key.
  source: z
    .string()
    .max(512)
    .regex(/^[^\s|]+$/, 'a source is a URI reference'),
  type: z
    .string()
    .max(128)
    .regex(/^[a-z][a-z0-9-]*(\.[a-z0-9-]+)*$/, 'a type is lower-case words joined by dots'),
  subject: z.string().min(1).max(512),
  time: z.iso.datetime({ offset: true }).optional(),
  datacontenttype: z.string().optional(),
  data: z.json(),
});

/** Who brought an event, and therefore whose it is and how far it is trusted. */
export interface Bringer {
  readonly tenant: TenantId;
  readonly label: Label;
  /** Used when the source gives no time. RFC 3339. */
  readonly receivedAt: string;
  /** The person who brings it; none when a source does. */
  readonly principal?: PersonId | null;
  /** What it comes from, when an agent published it. */
  readonly because?: Pick<Event, 'root' | 'depth' | 'trail'>;
}

/** The event types that some agent of the tenant works on, with the schema each subscriber demands. */
export interface Subscriptions {
  schemasFor(tenant: TenantId, type: string): readonly z.ZodType[];
}

/**
 * Raw input -> Event: validated against the schema of everyone who subscribes to its type, labelled, with a dedupe key.
 *
 * @throws Misuse `bad-event` when it is no CloudEvent, `unknown-event-type` when nobody works on its type,
 * `event-schema-mismatch` when its data does not fit.
 */
export function perceive(raw: unknown, bringer: Bringer, subscriptions: Subscriptions): Event {
  const envelope = CloudEvent.safeParse(raw);
  if (!envelope.success) throw new Misuse('bad-event', `not a CloudEvent: ${z.prettifyError(envelope.error)}`);
  return admitRaw({ ...envelope.data, time: envelope.data.time ?? bringer.receivedAt }, bringer, subscriptions);
}

/** As {@link perceive}, for input whose envelope is known to be right (our own sources). */
export function admitRaw(raw: RawEvent, bringer: Bringer, subscriptions: Subscriptions): Event {
  const schemas = subscriptions.schemasFor(bringer.tenant, raw.type);
  if (schemas.length === 0) {
    throw new Misuse('unknown-event-type', `no agent of tenant \`${bringer.tenant}\` works on \`${raw.type}\``, {
      fix: '`reeve fleet list` shows which types are worked on',
    });
  }
  for (const schema of schemas) {
    const fits = schema.safeParse(raw.data);
    if (!fits.success) {
      throw new Misuse('event-schema-mismatch', `data of \`${raw.type}\`: ${z.prettifyError(fits.error)}`);
    }
  }
  return toEvent(raw, bringer);
}

function toEvent(raw: RawEvent, { tenant, label, principal, because }: Bringer): Event {
  const dedupeKey = `${raw.source}|${raw.id}`;
  const id = derivedId('event', tenant, dedupeKey);
  return {
    id,
    tenant,
    type: raw.type,
    source: raw.source,
    sourceId: raw.id,
    subject: raw.subject,
    time: raw.time,
    data: raw.data,
    dataDigest: digestOrRefuse(raw.data),
    label: { ...label, origins: label.origins.length > 0 ? label.origins : [raw.source] },
    dedupeKey,
    seq: 0,
    principal: principal ?? null,
    root: because?.root ?? id,
    depth: because?.depth ?? 0,
    trail: because?.trail ?? NO_TRAIL,
  };
}

function digestOrRefuse(data: Json) {
  try {
    return digest(data);
  } catch (error) {
    if (isFault(error)) throw new Misuse('bad-event', `data: ${error.message}`);
    throw error;
  }
}
