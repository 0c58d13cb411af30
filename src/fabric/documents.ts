import type { Pool } from 'pg';
import type { DocumentRow } from '../ledger/index.ts';
import type { Document, DocumentKind } from '../vocabulary/index.ts';

/** Documents as they stand on record. Every read is bounded. */
export interface Documents {
  find<D>(kind: DocumentKind, id: string): Promise<Document<D> | null>;
  /** In order of id, after the last one of the page before. */
  list<D>(kind: DocumentKind, where?: DocumentFilter): Promise<readonly Document<D>[]>;
  /** Whatever has to be looked at by `now` (milliseconds since the epoch), soonest first. */
  due(now: number, most: number): Promise<readonly Document[]>;
}

export interface DocumentFilter {
  readonly state?: string;
  readonly tenant?: string;
  readonly after?: string;
  /** 1,000 by default. */
  readonly most?: number;
}

/** What becomes of a document. What is left out stays as it is; a new one needs all. */
export interface Revision<D> {
  readonly state: string;
  readonly dueAt?: number | null;
  readonly content: D;
}

interface Row {
  kind: DocumentKind;
  id: string;
  rev: number;
  tenant: string;
  state: string;
  due_at: Date | null;
  content: unknown;
}

const COLUMNS = 'kind, id, rev, tenant, state, due_at, content';

export function createDocuments(pool: Pick<Pool, 'query'>): Documents {
  return {
    async find<D>(kind: DocumentKind, id: string) {
      const { rows } = await pool.query<Row>(`select ${COLUMNS} from reeve.document where kind = $1 and id = $2`, [
        kind,
        id,
      ]);
      return rows[0] === undefined ? null : toDocument<D>(rows[0]);
    },
    async list<D>(kind: DocumentKind, { state, tenant, after = '', most = 1_000 }: DocumentFilter = {}) {
      const { rows } = await pool.query<Row>(
        `select ${COLUMNS} from reeve.document where kind = $1 and id > $2 and ($3::text is null or state = $3)
           and ($4::text is null or tenant = $4) order by id limit $5`,
        [kind, after, state ?? null, tenant ?? null, most],
      );
      return rows.map((row) => toDocument<D>(row));
    },
    async due(now, most) {
      const { rows } = await pool.query<Row>(
        `select ${COLUMNS} from reeve.document where due_at <= $1 order by due_at limit $2`,
        [new Date(now), most],
      );
      return rows.map((row) => toDocument(row));
    },
  };
}

/** The first revision of a document, for a change. */
export function newDocument<D extends object>(
  kind: DocumentKind,
  id: string,
  tenant: string,
  { state, dueAt = null, content }: Revision<D>,
): DocumentRow {
  return { kind, id, rev: 1, tenant, state, due_at: timeOf(dueAt), content };
}

/** The next revision of a document that was read, for a change. */
export function revise<D extends object>(
  { kind, id, rev, tenant, dueAt: before }: Document,
  { state, dueAt = before, content }: Revision<D>,
): DocumentRow {
  return { kind, id, rev: rev + 1, tenant, state, due_at: timeOf(dueAt), content };
}

/** As the documents of a change will stand when it is on record. */
export function standingDocument<D>({ due_at: due, content, ...row }: DocumentRow): Document<D> {
  return {
    ...row,
    kind: row.kind as DocumentKind,
    dueAt: due === null ? null : Date.parse(due),
    content: content as D,
  };
}

function timeOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

function toDocument<D>({ due_at: due, content, ...row }: Row): Document<D> {
  return { ...row, dueAt: due === null ? null : due.getTime(), content: content as D };
}
