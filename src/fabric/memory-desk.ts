import { Conflict, type Change, type LedgerWriter } from '../ledger/index.ts';
import type { Document, EntryDraft } from '../vocabulary/index.ts';
import { standingDocument, type Documents } from './documents.ts';

/** A record in memory, as far as documents go: for tests of what people lay down. Keeps the rule of revisions. */
export interface MemoryDesk {
  readonly documents: Documents;
  readonly writer: LedgerWriter;
  readonly entries: EntryDraft[];
  /** Called before an append is looked at; for races. */
  beforeAppend?: () => Promise<void> | void;
}

export function memoryDesk(): MemoryDesk {
  const held = new Map<string, Document>();
  const entries: EntryDraft[] = [];
  const desk: MemoryDesk = {
    entries,
    documents: {
      find: <D>(kind: string, id: string) => Promise.resolve((held.get(`${kind} ${id}`) ?? null) as Document<D> | null),
      list: <D>(kind: string, { state, tenant, after = '', most = 1_000 } = {} as never) =>
        Promise.resolve(
          [...held.values()]
            .filter(
              (one) =>
                one.kind === kind &&
                one.id > after &&
                (state === undefined || one.state === state) &&
                (tenant === undefined || one.tenant === tenant),
            )
            .sort((a, b) => (a.id < b.id ? -1 : 1))
            .slice(0, most) as Document<D>[],
        ),
      due: (now, most) =>
        Promise.resolve(
          [...held.values()]
            .filter(({ dueAt }) => dueAt !== null && dueAt <= now)
            .sort((a, b) => (a.dueAt ?? 0) - (b.dueAt ?? 0))
            .slice(0, most),
        ),
    },
    writer: { append } as unknown as LedgerWriter,
  };
  return desk;

  async function append(change: Change): Promise<number> {
    await desk.beforeAppend?.();
    const rows = change.documents ?? [];
    for (const row of rows) {
      if ((held.get(`${row.kind} ${row.id}`)?.rev ?? 0) !== row.rev - 1) throw new Conflict('rev', 'changed', row.id);
    }
    for (const row of rows) held.set(`${row.kind} ${row.id}`, standingDocument(row));
    entries.push(...change.entries);
    return entries.length;
  }
}
