import { canonical, type EntryDraft } from '../vocabulary/index.ts';
import type { EntrySource, StoredCheckpoint, StoredEntry } from './entry-source.ts';
import { chainHash, EMPTY_CHAIN, leafHash } from './hash.ts';

/** A record in memory: for tests, and for whoever wants to see sealing work without a database. */
export interface MemorySource extends EntrySource {
  readonly entries: StoredEntry[];
  readonly checkpoints: StoredCheckpoint[];
  /** Writes the next entry; answers its sequence number. */
  append(draft: EntryDraft, at: string): number;
}

export function memorySource(): MemorySource {
  const entries: StoredEntry[] = [];
  const checkpoints: StoredCheckpoint[] = [];
  return {
    entries,
    checkpoints,
    append(draft, at) {
      const seq = entries.length + 1;
      const body = canonical({ ...draft, seq, at });
      const leaf = leafHash(body);
      entries.push({ seq, body, leaf, chain: chainHash(entries.at(-1)?.chain ?? EMPTY_CHAIN, leaf) });
      return seq;
    },
    entriesAfter: (seq, limit) => Promise.resolve(entries.slice(seq, seq + limit)),
    leavesAfter: (seq, limit) => Promise.resolve(entries.slice(seq, seq + limit).map((entry) => entry.leaf)),
    checkpointsAfter: (size, limit) => Promise.resolve(checkpoints.filter((c) => c.size > size).slice(0, limit)),
    lastCheckpoint: () => Promise.resolve(checkpoints.at(-1) ?? null),
    saveCheckpoint({ size, note }) {
      if (!checkpoints.some((kept) => kept.size === size)) checkpoints.push({ size, note });
      return Promise.resolve();
    },
  };
}
