import type { Pool } from 'pg';
import { derivedId, type ApprovalId, type Entry, type EntryKind } from '../../vocabulary/index.ts';

/** Kinds of entries that somebody outside may be told about. */
export const WEBHOOK_KINDS = [
  'approval.answered',
  'approval.consumed',
  'approval.escalated',
  'approval.settled',
  'break-glass.opened',
  'fence.changed',
  'incident.reported',
  'intent.parked',
  'mode.changed',
  'motion.proposed',
  'motion.settled',
  'run.set-aside',
] as const satisfies readonly EntryKind[];
export type WebhookKind = (typeof WEBHOOK_KINDS)[number];

/** What is sent: that something happened and where to look. Nothing of what it is about; for that the person's own credential is asked. */
export interface Message {
  readonly id: string;
  readonly body: string;
}

/** The same entry told to the same webhook has the same id, however often it is sent. */
export function messageOf(webhook: string, entry: Entry, approval: ApprovalId | null, api: string | null): Message {
  const { seq, kind, tenant, run, agent, at } = entry;
  const path = approval === null ? `/v1/entries/${seq}` : `/v1/approvals/${approval}`;
  const data = { seq, tenant, run, agent, approval, link: api === null ? path : new URL(path, api).href };
  return {
    id: derivedId('webhook', webhook, seq).replace(/^[a-z]+_/, 'msg_'),
    body: JSON.stringify({ type: kind, timestamp: at, data }),
  };
}

/** Entries after a place in the log, in order, of these kinds; of one tenant or of all. */
export async function entriesAfter(
  pool: Pick<Pool, 'query'>,
  { after, kinds, tenant, most }: { after: number; kinds: readonly string[]; tenant: string | null; most: number },
): Promise<readonly { readonly entry: Entry; readonly approval: ApprovalId | null }[]> {
  const { rows } = await pool.query<{ body: string; asked: ApprovalId | null }>(
    `select e.body, a.id as asked from reeve.entry e
     left join reeve.approval a on e.kind = 'intent.parked' and a.seq = e.seq
       and a.permit = e.body::jsonb #>> '{body,permit}'
     where e.seq > $1 and e.kind = any($2) and ($3::text is null or e.tenant = $3)
       and e.kind not in ('event.admitted', 'intent.permitted', 'outcome.recorded', 'run.ended')
     order by e.seq limit $4`,
    [after, kinds, tenant, most],
  );
  return rows.map(({ body, asked }) => {
    const entry = JSON.parse(body) as Entry;
    const named = (entry.body as { approval?: unknown }).approval;
    return { entry, approval: asked ?? (typeof named === 'string' ? (named as ApprovalId) : null) };
  });
}
