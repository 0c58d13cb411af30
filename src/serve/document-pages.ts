import { z } from '@hono/zod-openapi';
import type { Documents } from '../fabric/index.ts';
import type { Document, DocumentKind } from '../vocabulary/index.ts';
import { page, readCursor } from './cursor.ts';

/** `[id]` of the last one on a page. */
const Place = z.tuple([z.string().max(100)]);

/** One page of documents by id: of one kind they are in the order in which they were made. */
export async function documentPage<D, T>(
  documents: Pick<Documents, 'list'>,
  kind: DocumentKind,
  {
    state,
    cursor,
    limit,
  }: { readonly state?: string | undefined; readonly cursor?: string | undefined; readonly limit: number },
  show: (document: Document<D>) => T,
): Promise<{ items: T[]; next: string | null }> {
  const [after] = cursor === undefined ? [''] : readCursor(cursor, Place);
  const rows = await documents.list<D>(kind, { after, most: limit + 1, ...(state !== undefined && { state }) });
  return page(rows, limit, ({ id }) => [id], show);
}
