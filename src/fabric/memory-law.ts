import { LawMoved, type LedgerWriter } from '../ledger/index.ts';
import type { Law } from '../govern/index.ts';
import type { Document, DocumentKind } from '../vocabulary/index.ts';
import { memoryDesk, type MemoryDesk } from './memory-desk.ts';
import type { Standing } from './standing.ts';

/** A desk whose documents are in force, for tests of what changes the law. Keeps the rule of what was judged under an older one. */
export interface MemoryLaw {
  readonly desk: MemoryDesk;
  readonly writer: LedgerWriter;
  standing(): Standing;
  reload(): Promise<void>;
  /** As somebody else's change of the law, which this process has not read yet. */
  moveOn(): void;
}

const KINDS: readonly DocumentKind[] = ['autonomy', 'standing-grant'];

export function memoryLaw(law: Law, more: Partial<Standing> = {}): MemoryLaw {
  const desk = memoryDesk();
  let number = 1;
  let standing: Standing = {
    law,
    lawOf: () => law,
    tightened: [],
    logOnlyOf: () => null,
    number,
    fences: new Map(),
    authors: [],
    documents: new Map(),
    single: false,
    ...more,
  };
  const writer = {
    async append(change) {
      if (change.judgedUnder !== undefined && change.judgedUnder !== number) throw new LawMoved('the law has changed');
      const seq = await desk.writer.append(change);
      if (change.changesLaw === true) number += 1;
      return seq;
    },
  } as LedgerWriter;
  return {
    desk,
    writer,
    standing: () => standing,
    async reload() {
      const documents = new Map<DocumentKind, readonly Document[]>();
      for (const kind of KINDS) documents.set(kind, await desk.documents.list(kind, { state: 'in-force' }));
      standing = { ...standing, number, documents };
    },
    moveOn() {
      number += 1;
    },
  };
}
