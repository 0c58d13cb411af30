import { digestText, type Digest } from '../../vocabulary/index.ts';
import { openJournal, type JournalLine } from './journal.ts';
import { rememberBodies } from './bodies.ts';

/** What a request says, before a system has done anything. */
export interface Deed {
  readonly action: JournalLine['action'];
  readonly collection: string;
  /** The document; a `create` has none yet. */
  readonly id: string | null;
  readonly key: string | null;
  readonly reference: string | null;
  readonly body: Buffer;
  readonly authorization: Digest | null;
}

/** A document as its system answers with it. */
export interface Receipt {
  readonly id: string;
  readonly reference: string | null;
  readonly status: 'accepted' | 'withdrawn';
}

export type Done =
  | { readonly kind: 'done'; readonly receipt: Receipt; readonly created: boolean }
  /** The same key and body were here before; nothing was done. */
  | { readonly kind: 'replayed'; readonly receipt: Receipt }
  /** The same key was here before with something else. */
  | { readonly kind: 'key-reused' }
  | { readonly kind: 'not-found' };

/** One simulated enterprise system: any number of collections of documents, and one journal of all it did. */
export interface System {
  /** Does it, unless it was done before under the same key. Journalled when this returns. */
  perform(deed: Deed, honourKey: boolean): Done;
  get(collection: string, id: string): Receipt | null;
  /** The body as it came, for a JSON text; null when it is no longer remembered. */
  body(collection: string, id: string): string | null;
  withReference(collection: string, reference: string): readonly Receipt[];
  /** The first of a collection. */
  list(collection: string, limit: number): readonly Receipt[];
  stats(): { readonly documents: number; readonly effects: number; readonly replays: number };
  close(): void;
}

/** Kept small: 100,000 effects shall fit beside each other in one process (see `simulator.test.ts`). */
interface Document {
  readonly collection: string;
  readonly id: string;
  reference: string | null;
  status: Receipt['status'];
}

/** What was done under one key. */
interface Kept {
  readonly document: Document;
  readonly action: JournalLine['action'];
  /** The first 52 bits of the body's digest: a number takes a fifth of the digest's room. */
  readonly fingerprint: number;
}

/** Opens a system on its journal: everything that happened before is known again, but for the bodies. */
export async function openSystem(name: string, journalPath: string): Promise<System> {
  const documents = new Map<string, Document>();
  const byReference = new Map<string, Document | Document[]>();
  const byKey = new Map<string, Kept>();
  const lastNumber = new Map<string, number>();
  const bodies = rememberBodies();
  let effects = 0;
  let replays = 0;

  /** Brings the state to what it is after this line. */
  const apply = (line: Omit<JournalLine, 'seq' | 'at' | 'system'>): Document => {
    const place = placeOf(line.collection, line.id);
    let document = documents.get(place);
    if (document === undefined) {
      document = { collection: line.collection, id: line.id, reference: null, status: 'accepted' };
      documents.set(place, document);
    }
    document.status = STATUS[line.action];
    if (line.action !== 'withdraw' && line.reference !== null && line.reference !== document.reference) {
      document.reference = line.reference;
      const others = byReference.get(line.reference);
      byReference.set(line.reference, others === undefined ? document : [others, document].flat());
    }
    if (line.action === 'create') {
      lastNumber.set(line.collection, Number(line.id.slice(line.id.lastIndexOf('-') + 1)));
    }
    if (line.key !== null && !byKey.has(line.key)) {
      byKey.set(line.key, { document, action: line.action, fingerprint: fingerprintOf(line.digest) });
    }
    effects++;
    return document;
  };

  const freeId = (collection: string): string => {
    for (let number = (lastNumber.get(collection) ?? 0) + 1; ; number++) {
      if (!documents.has(placeOf(collection, `${collection}-${number}`))) return `${collection}-${number}`;
    }
  };

  const journal = await openJournal(journalPath, apply);
  return {
    perform: (deed, honourKey) => {
      const { action, collection, key, body } = deed;
      const digest = digestText(body);
      const before = key !== null && honourKey ? byKey.get(key) : undefined;
      if (before !== undefined) {
        if (!isRepeat(before, deed, digest)) return { kind: 'key-reused' };
        replays++;
        return { kind: 'replayed', receipt: { ...receiptOf(before.document), status: STATUS[before.action] } };
      }
      const id = deed.id ?? freeId(collection);
      const created = !documents.has(placeOf(collection, id));
      if (action === 'withdraw' && created) return { kind: 'not-found' };
      const { reference, authorization } = deed;
      const line = { system: name, collection, action, key, reference, id, digest, bytes: body.length, authorization };
      // INVARIANT (journal-before-answer): the only place that does anything, and it writes first.
      journal.append({ at: new Date().toISOString(), ...line });
      if (action !== 'withdraw') bodies.keep(placeOf(collection, id), body);
      return { kind: 'done', receipt: receiptOf(apply(line)), created };
    },
    get: (collection, id) => {
      const document = documents.get(placeOf(collection, id));
      return document === undefined ? null : receiptOf(document);
    },
    body: (collection, id) => bodies.find(placeOf(collection, id)),
    withReference: (collection, reference) =>
      [byReference.get(reference) ?? []]
        .flat()
        .filter((document) => document.collection === collection && document.reference === reference)
        .map(receiptOf),
    list: (collection, limit) => {
      const found: Receipt[] = [];
      for (const document of documents.values()) {
        if (found.length === limit) break;
        if (document.collection === collection) found.push(receiptOf(document));
      }
      return found;
    },
    stats: () => ({ documents: documents.size, effects, replays }),
    close: () => journal.close(),
  };
}

const STATUS = {
  create: 'accepted',
  put: 'accepted',
  withdraw: 'withdrawn',
} as const satisfies Record<JournalLine['action'], Receipt['status']>;

function fingerprintOf(digest: Digest): number {
  return Number.parseInt(digest.slice(7, 20), 16);
}

/** The name of a collection holds no line feed. */
function placeOf(collection: string, id: string): string {
  return `${collection}\n${id}`;
}

function isRepeat(before: Kept, deed: Deed, digest: Digest): boolean {
  return (
    before.action === deed.action &&
    before.fingerprint === fingerprintOf(digest) &&
    before.document.collection === deed.collection &&
    (deed.id === null || deed.id === before.document.id)
  );
}

function receiptOf({ id, reference, status }: Document): Receipt {
  return { id, reference, status };
}
