import type { Pool } from 'pg';
import type { Law, StopScope } from '../govern/index.ts';
import type { Digest, Document, DocumentKind, PersonId, TenantId } from '../vocabulary/index.ts';
import type { LawBook, SetInForce } from './policies/law-book.ts';
import { scopesOver, type Place } from './stop/place.ts';

/** What is in force at one moment: the policies, the fence, and the number under which the record knows this state. */
export interface Standing {
  /** The base set of policies; what judges an intent is {@link lawOf} its tenant. */
  readonly law: Law;
  lawOf(tenant: TenantId): Law;
  /** Tenants that forbid more than the base set does. */
  readonly tightened: readonly TenantId[];
  /** The set that only watches, for a tenant; null when none does. */
  logOnlyOf(tenant: TenantId): Law | null;
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
  /** Goes up with each change; a lift is for one epoch. */
  readonly epoch: number;
  readonly reason: string;
  /** Whose it is; `*` when it concerns more than one tenant. */
  readonly tenant: TenantId | '*';
  /** Who stopped or lifted it last; null when that was not a person with a credential. */
  readonly by: PersonId | null;
}

/** Reads what is in force from the record. */
export async function readStanding(pool: Pool, book: LawBook): Promise<Standing> {
  const { rows } = await pool.query<{
    law: string;
    fences: Fence[] | null;
    sets: SetInForce[] | null;
    documents: Document[] | null;
  }>(
    `select law, (select jsonb_agg(jsonb_build_object('scope', scope, 'stopped', stopped, 'epoch', epoch, 'reason', reason,
                                                          'tenant', tenant, 'by', stopped_by))
                  from reeve.fence) as fences,
       (select jsonb_agg(jsonb_build_object('id', id, 'rev', rev, 'state', state))
        from reeve.document where kind = 'policy-set' and state in ('enforced', 'log-only')) as sets,
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
  const laws = await book.inForce(row.sets ?? [], documents.get('tenant-policies') ?? []);
  return { ...laws, number: Number(row.law), fences, documents, single };
}

/** Digests of the policies in force: of each tenant that has some of its own, and `*` for the rest. */
export function lawsInForce({ law, lawOf, tightened }: Standing): Readonly<Record<string, Digest>> {
  return { '*': law.digest, ...Object.fromEntries(tightened.map((tenant) => [tenant, lawOf(tenant).digest])) };
}

/** Kinds of scope that are stopped and cover this place. */
export function stoppedFor({ fences }: Pick<Standing, 'fences'>, place: Place): readonly StopScope[] {
  if (fences.size === 0) return NONE;
  return scopesOver(place).flatMap(([kind, scope]) => (fences.get(scope)?.stopped === true ? [kind] : []));
}

const NONE: readonly StopScope[] = [];
