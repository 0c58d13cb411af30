import { Conflict, type Change, type FenceRow, type LedgerWriter } from '../../ledger/index.ts';
import { messageOf, RetryLater, type Clock, type Permit } from '../../vocabulary/index.ts';
import { PLATFORM } from '../registration.ts';
import { stoppedFor, type Fence, type Standing } from '../standing.ts';
import { newStopNote, readStopNote, type NoteFolder, type StopNote } from './stop-notes.ts';

/** What came of a stop. It holds from before this is returned. */
export interface Stopped extends Fence {
  /** False: the database is away. It holds all the same, is on disk, and goes on record before anything else does. */
  readonly onRecord: boolean;
}

/**
 * The stops that this process knows of: those on record, and those that are not there yet.
 *
 * INVARIANT (a-stop-needs-nobody): a stop holds in this process at once, at the gate and at the point of sending; neither the
 * database nor the engine is asked for that. It is on disk before it is acknowledged, and the first thing that goes on record
 * when the record is back.
 */
export interface Stops {
  /** What is in force, with every stop that is known here, also those that somebody has just laid down as a file. */
  standing(): Standing;
  /** Why an act may not be sent now, in words; null when it may. */
  holds(permit: Permit): string | null;
  /** Stops a scope that exists. Throws RetryLater `disk-full` when it could be written nowhere; it holds in this process then. */
  stop(what: Omit<StopNote, 'id' | 'at'>): Promise<Stopped>;
  /** What an earlier process or somebody at the machine left, on record before anything else happens. */
  takeUp(): Promise<void>;
  /** What is not on record stays on disk for the next start. */
  close(): void;
}

export interface StopsOptions {
  readonly writer: LedgerWriter;
  readonly notes: NoteFolder;
  readonly clock: Clock;
  /** As the record has it, by the last look. */
  recorded(): Standing;
  reload(): Promise<void>;
  onTrouble(what: string): void;
}

/** Files are looked for this often, and again before an act when the last look is older: after this process was frozen, say. */
const LOOK_EVERY_MS = 200;
const LOOK_IS_OLD_MS = 400;
/** How long whoever stops is kept waiting for the record. */
const PATIENCE_MS = 400;
const AGAIN_MS = 250;

export function createStops(options: StopsOptions): Stops {
  const { writer, notes, clock } = options;
  /** By id, in the order in which they came. */
  const pending = new Map<string, { readonly note: StopNote; readonly recorded: Promise<Fence> }>();
  const unreadable = new Set<string>();
  let seen: Standing | null = null;
  let merged: Standing | null = null;
  let lookedAt = performance.now();
  let closed = false;
  const timer = setInterval(look, LOOK_EVERY_MS);
  timer.unref();

  return {
    standing,
    holds(permit) {
      const kinds = stoppedFor(standing(), permit);
      return kinds.length === 0 ? null : `stopped before it was sent: a stop covers this (${kinds.join(', ')})`;
    },
    async stop(what) {
      const note = newStopNote(what, clock.now());
      const fence = latest(note.scope);
      // Said again by the same person for the same reason, it is the same stop: a request that was sent twice.
      const same = fence?.stopped === true && fence.by === note.by && fence.reason === note.reason;
      const known = [...pending.values()].find((one) => isSame(one.note, note));
      if (same && known === undefined) return { ...fence, onRecord: true };
      const { recorded } = known ?? raise(note);
      let lost: unknown = null;
      if (known === undefined) {
        try {
          notes.put(note.id, note);
        } catch (error) {
          lost = error;
        }
      }
      const put = await Promise.race([recorded.catch(() => null), pause(PATIENCE_MS)]);
      if (put !== null) {
        if (lost !== null) options.onTrouble(`a stop could not be written to disk: ${messageOf(lost)}`);
        return { ...put, onRecord: true };
      }
      if (lost !== null) {
        throw new RetryLater(
          'disk-full',
          `it is stopped in this process, but could be written nowhere: ${messageOf(lost)}`,
          { cause: lost, fix: 'send it again when there is room or the database is back: a restart would forget it' },
        );
      }
      return { ...(latest(note.scope) as Fence), onRecord: false };
    },
    async takeUp() {
      look();
      await Promise.all([...pending.values()].map(({ recorded }) => recorded));
    },
    close() {
      closed = true;
      clearInterval(timer);
    },
  };

  function standing(): Standing {
    if (performance.now() - lookedAt > LOOK_IS_OLD_MS) look();
    const recorded = options.recorded();
    if (merged === null || seen !== recorded) {
      seen = recorded;
      merged = pending.size === 0 ? recorded : { ...recorded, fences: withPending(recorded.fences) };
    }
    return merged;
  }

  function withPending(recorded: Standing['fences']): Standing['fences'] {
    const fences = new Map(recorded);
    for (const { note } of pending.values()) fences.set(note.scope, fenceAfter(fences.get(note.scope), note));
    return fences;
  }

  function latest(scope: string): Fence | undefined {
    return standing().fences.get(scope);
  }

  /** Takes up what lies in the folder and is not known yet. */
  function look(): void {
    lookedAt = performance.now();
    try {
      for (const [name, content] of notes.list()) {
        if (pending.has(name) || unreadable.has(name)) continue;
        const note = readStopNote(content);
        if (note !== null && note.id === name) {
          raise(note);
          continue;
        }
        unreadable.add(name);
        options.onTrouble(`the file \`${name}\` among the stops is no stop and does nothing`);
      }
    } catch (error) {
      options.onTrouble(`the stops in the data folder cannot be read: ${messageOf(error)}`);
    }
  }

  /** From here on it holds. */
  function raise(note: StopNote): { readonly note: StopNote; readonly recorded: Promise<Fence> } {
    const recorded = putOnRecord(note);
    const one = { note, recorded };
    pending.set(note.id, one);
    merged = null;
    // Only when this process ends first: then the file says it.
    recorded.catch(() => undefined);
    return one;
  }

  /** Rejects only when this process ends first: then the file is there for the next one. */
  async function putOnRecord(note: StopNote): Promise<Fence> {
    // Not before `raise` has it: what holds comes first, what is written of it second.
    await Promise.resolve();
    let fence = options.recorded().fences.get(note.scope);
    // Taken up again after a crash between record and file.
    if (!(fence?.stopped === true && fence.by === note.by && fence.reason === note.reason)) {
      fence = await append(note);
    }
    while (!isOnRecord(fence, options.recorded())) {
      await reload();
    }
    pending.delete(note.id);
    merged = null;
    try {
      notes.remove(note.id);
    } catch (error) {
      unreadable.add(note.id);
      options.onTrouble(`a stop that is on record stays in the data folder: ${messageOf(error)}`);
    }
    return fence;
  }

  async function append(note: StopNote): Promise<Fence> {
    for (;;) {
      const fence = fenceAfter(options.recorded().fences.get(note.scope), note);
      try {
        await writer.append(changeOf(fence, note), { first: true });
        return fence;
      } catch (error) {
        if (closed) throw error;
        // On a conflict it has been stopped or lifted meanwhile: this is a stop after that. Whatever else it is, a stop is not given up.
        if (!(error instanceof Conflict && error.on === 'rev')) {
          options.onTrouble(`a stop is not on record yet: ${messageOf(error)}`);
          await pause(AGAIN_MS);
        }
        await reload();
      }
    }
  }

  async function reload(): Promise<void> {
    if (closed) throw new RetryLater('record-unavailable', 'the platform is stopping');
    await options.reload().catch(() => pause(AGAIN_MS));
  }
}

function fenceAfter(before: Fence | undefined, { scope, reason, tenant, by }: StopNote): Fence {
  return { scope, stopped: true, epoch: (before?.epoch ?? 0) + 1, reason, tenant, by };
}

/** As the record keeps it. */
export function rowOf({ by, ...fence }: Fence): FenceRow {
  return { ...fence, stopped_by: by };
}

function isOnRecord(fence: Fence, { fences }: Standing): boolean {
  return (fences.get(fence.scope)?.epoch ?? 0) >= fence.epoch;
}

function isSame(a: StopNote, b: StopNote): boolean {
  return a.scope === b.scope && a.by === b.by && a.reason === b.reason && a.user === b.user;
}

function changeOf(fence: Fence, { id, via, user, at, by }: StopNote): Change {
  const { scope, stopped, epoch, reason } = fence;
  return {
    entries: [
      {
        kind: 'fence.changed',
        tenant: fence.tenant === '*' ? PLATFORM : fence.tenant,
        run: null,
        agent: null,
        body: { scope, stopped, epoch, reason, by: by === null ? [] : [by], via, user, askedAt: at, note: id },
      },
    ],
    fences: [rowOf(fence)],
    changesLaw: true,
  };
}

function pause(ms: number): Promise<null> {
  return new Promise((resolve) => setTimeout(() => resolve(null), ms));
}
