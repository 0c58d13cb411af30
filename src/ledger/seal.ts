import { failpoint, GiveUp, isFault, messageOf, RetryLater, type Clock } from '../vocabulary/index.ts';
import { readCheckpoint, signCheckpoint, type Checkpoint } from './checkpoint.ts';
import type { EntrySource, StoredEntry } from './entry-source.ts';
import { chainHash, EMPTY_CHAIN, leafHash, sameBytes } from './hash.ts';
import { MerkleTree } from './merkle.ts';
import { writeReceipt, type Receipt } from './receipt.ts';
import type { NoteSigner } from './signed-note.ts';
import type { Witness } from './witness.ts';

/** Leaves read at a time when the tree is built again at start: 160 kB. */
const REBUILD_PAGE = 5_000;

export interface SealerOptions {
  readonly source: EntrySource;
  readonly key: NoteSigner;
  readonly witness: Witness;
  readonly clock: Clock;
  /** A checkpoint at least this often while entries come in; default 1,000. */
  readonly everyMs?: number;
  /** Most entries under one new checkpoint; default 1,000. A first bad entry is named within this many. */
  readonly everyEntries?: number;
  /** Hears of everything that goes wrong: `RetryLater` and it goes on by itself, `GiveUp` and sealing has stopped. */
  onFault(fault: RetryLater | GiveUp): void;
}

export interface Sealer {
  /** Tells it that entries up to `seq` are on record, so that it need not wait for its clock. */
  appended(seq: number): void;
  /** Seals all that is on record; answers the last checkpoint, or null for an empty record. Throws what `onFault` hears. */
  sealNow(): Promise<Checkpoint | null>;
  latest(): Checkpoint | null;
  /** Proof that entry `seq` is under the latest checkpoint; null while it is not sealed. */
  receipt(seq: number): Promise<Receipt | null>;
  /** Seals a last time and stops. */
  stop(): Promise<void>;
}

/**
 * Seals the record in the background: makes every new entry's leaf and chain value again from its text, extends the tree,
 * signs, stores the checkpoint and hands it to the witness at once.
 *
 * At start the tree is built again from the stored leaves and must have the root that the last checkpoint signed, and the
 * witness must not know more than the record does. Throws GiveUp `verification-failed` when it does not hold.
 *
 * INVARIANT (nothing-false-is-signed): an entry whose leaf, chain value or place does not follow is never under a checkpoint;
 * sealing stops and stays stopped.
 */
export async function startSealer(options: SealerOptions): Promise<Sealer> {
  const { source, key, witness, clock, everyMs = 1_000, everyEntries = 1_000, onFault } = options;
  const tree = new MerkleTree((from, count) => source.leavesAfter(from, count));
  let { latest, chain } = await rebuild(tree, source, key, witness);
  let stopped: GiveUp | null = null;
  let ended = false;
  let running: Promise<Checkpoint | null> | null = null;
  let timer: NodeJS.Timeout | undefined;

  async function sealPages(): Promise<Checkpoint | null> {
    for (;;) {
      const page = await source.entriesAfter(tree.size, everyEntries);
      for (const entry of page) {
        chain = checked(entry, tree.size + 1, chain);
        tree.append(entry.leaf);
      }
      // Also true without new entries, when storing the checkpoint failed last time.
      if (tree.size > (latest?.size ?? 0)) {
        failpoint('seal.before-sign');
        const checkpoint = signCheckpoint(key, tree.size, tree.root());
        await source.saveCheckpoint(checkpoint, new Date(clock.now()));
        latest = checkpoint;
      }
      if (latest) await handOver(latest, tree, witness);
      if (page.length > 0) failpoint('seal.after-witness');
      if (page.length < everyEntries) return latest;
    }
  }

  async function seal(): Promise<Checkpoint | null> {
    if (stopped) throw stopped;
    try {
      return await sealPages();
    } catch (error) {
      const fault = faultOf(error);
      if (fault instanceof GiveUp) {
        stopped = fault;
        clearTimeout(timer);
      }
      onFault(fault);
      throw fault;
    }
  }

  /** One at a time; whoever asks during a sealing gets one that began after the question. */
  async function sealNow(): Promise<Checkpoint | null> {
    while (running) await running.catch(() => undefined);
    running = seal().finally(() => (running = null));
    return running;
  }

  function tick(): void {
    if (ended || stopped) return;
    // Whatever went wrong has been said to `onFault`.
    sealNow()
      .catch(() => undefined)
      .finally(schedule);
  }
  function schedule(): void {
    clearTimeout(timer);
    if (ended || stopped) return;
    timer = setTimeout(tick, everyMs);
    timer.unref();
  }
  schedule();

  return {
    appended(seq) {
      if (!running && seq - (latest?.size ?? 0) >= everyEntries) tick();
    },
    sealNow,
    latest: () => latest,
    async receipt(seq) {
      if (latest === null || !Number.isSafeInteger(seq) || seq < 1 || seq > latest.size) return null;
      const under = latest;
      return writeReceipt(seq, under, await tree.inclusionProof(seq - 1, under.size));
    },
    async stop() {
      if (ended) return;
      ended = true;
      clearTimeout(timer);
      await sealNow().catch(() => undefined);
    },
  };
}

async function rebuild(
  tree: MerkleTree,
  source: EntrySource,
  key: NoteSigner,
  witness: Witness,
): Promise<{ latest: Checkpoint | null; chain: Uint8Array }> {
  const stored = await source.lastCheckpoint();
  const read = stored && readCheckpoint(stored.note, key);
  if (read && !read.ok) throw unverified(`the last checkpoint on record is not this key's: ${read.why}`);
  const latest = read?.checkpoint ?? null;
  const size = latest?.size ?? 0;
  if (stored && stored.size !== size)
    throw unverified(`the checkpoint stored as \`${stored.size}\` was signed for ${size}`);
  let chain = EMPTY_CHAIN;
  while (tree.size < size) {
    const leaves = await source.leavesAfter(tree.size, Math.min(REBUILD_PAGE, size - tree.size));
    if (leaves.length === 0) throw unverified(`${size} entries were sealed, and only ${tree.size} are on record`);
    for (const leaf of leaves) {
      tree.append(leaf);
      chain = chainHash(chain, leaf);
    }
  }
  if (latest && !sameBytes(tree.root(), latest.root)) {
    throw unverified(`the first ${size} entries on record are not those that were sealed`);
  }
  const seen = witness.last();
  if (seen && seen.size > size) {
    throw unverified(`the witness saw ${seen.size} sealed entries, and the record knows of ${size}`);
  }
  if (latest) await handOver(latest, tree, witness);
  return { latest, chain };
}

/** Gives the witness a checkpoint that it does not know yet, with the proof that it goes on from the last one. */
async function handOver(checkpoint: Checkpoint, tree: MerkleTree, witness: Witness): Promise<void> {
  const seen = witness.last()?.size ?? 0;
  const proof = seen > 0 && seen < checkpoint.size ? await tree.consistencyProof(seen, checkpoint.size) : [];
  const taken = await witness.take(checkpoint, proof);
  if (!taken.ok) throw unverified(taken.why);
}

/** The chain value of an entry that is what and where it must be. */
function checked(entry: StoredEntry, seq: number, before: Uint8Array): Uint8Array {
  if (entry.seq !== seq) throw unverified(`entry ${seq} is missing: after it comes ${entry.seq}`);
  if (!sameBytes(leafHash(entry.body), entry.leaf))
    throw unverified(`the text of entry ${seq} is not what was written`);
  const chain = chainHash(before, entry.leaf);
  if (!sameBytes(chain, entry.chain)) throw unverified(`entry ${seq} does not follow from the entry before it`);
  return chain;
}

function unverified(what: string): GiveUp {
  return new GiveUp('verification-failed', `sealing stopped: ${what}`, {
    fix: 'keep this database and the witness file as they are, export the ledger, and run `reeve ledger verify` on it',
  });
}

function faultOf(error: unknown): RetryLater | GiveUp {
  if (error instanceof GiveUp || error instanceof RetryLater) return error;
  if (isFault(error)) return new GiveUp(error.code, error.message, { cause: error });
  return new RetryLater('record-unavailable', `cannot seal for now: ${messageOf(error)}`, { cause: error });
}
