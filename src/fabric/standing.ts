import type { Pool } from 'pg';
import type { Law, StopScope } from '../govern/index.ts';
import type { Document, DocumentKind, Intent, PersonId, Tool } from '../vocabulary/index.ts';

/** What is in force at one moment: the policies, the fence, and the number under which the record knows this state. */
export interface Standing {
  readonly law: Law;
  /** Number of the law on record; what is judged under another number does not pass the gate. */
  readonly number: number;
  readonly fences: ReadonlyMap<string, Fence>;
  /** Who wrote the policies in force: they do not approve under them. */
  readonly authors: readonly PersonId[];
  /** Documents that are in force (state `in-force`), of the kinds that judging depends on. */
  readonly documents: ReadonlyMap<DocumentKind, readonly Document[]>;
  /** One person runs this installation alone. */
  readonly single: boolean;
}

/** Kinds of documents that judging depends on: a change of one is a change of the law. */
const LAW_KINDS: readonly DocumentKind[] = ['autonomy', 'budget', 'mode', 'standing-grant', 'tenant-policies'];

export interface Fence {
  readonly scope: string;
  readonly stopped: boolean;
  readonly epoch: number;
  readonly reason: string;
}

/** Reads what is in force from the record; the policies are those of this process. */
export async function readStanding(pool: Pool, law: Law): Promise<Standing> {
  const { rows } = await pool.query<{ law: string; fences: Fence[] | null; documents: Document[] | null }>(
    `select law, (select jsonb_agg(jsonb_build_object('scope', scope, 'stopped', stopped, 'epoch', epoch, 'reason', reason))
                  from reeve.fence) as fences,
       (select jsonb_agg(jsonb_build_object('kind', kind, 'id', id, 'rev', rev, 'tenant', tenant, 'state', state,
                           'dueAt', (extract(epoch from due_at) * 1000)::bigint, 'content', content) order by kind, id)
        from reeve.document where kind = any($1) and state = 'in-force') as documents
     from reeve.head`,
    [LAW_KINDS],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('the record has no head');
  const fences = new Map((row.fences ?? []).map((fence) => [fence.scope, fence]));
  const documents = Map.groupBy(row.documents ?? [], ({ kind }) => kind);
  const [mode] = documents.get('mode') ?? [];
  const single = (mode?.content as { single?: boolean } | undefined)?.single === true;
  return { law, number: Number(row.law), fences, authors: [], documents, single };
}

/** Kinds of scope that are stopped and cover this intent. */
export function stoppedFor(
  { fences }: Standing,
  intent: Pick<Intent, 'tenant' | 'agent' | 'tool'>,
  tool: Tool | null,
): readonly StopScope[] {
  if (fences.size === 0) return NONE;
  const scopes: readonly (readonly [StopScope, string])[] = [
    ['everything', 'everything'],
    ['tenant', `tenant:${intent.tenant}`],
    ['agent', `agent:${intent.agent}`],
    ['tool', `tool:${intent.tool}`],
    ['class', `class:${tool?.effect ?? ''}`],
  ];
  return scopes.flatMap(([kind, scope]) => (fences.get(scope)?.stopped === true ? [kind] : []));
}

const NONE: readonly StopScope[] = [];
