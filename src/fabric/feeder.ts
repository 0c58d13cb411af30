import { admitRaw } from '../perceive/index.ts';
import { RetryLater, type Fleet, type Label } from '../vocabulary/index.ts';
import type { Admission } from './admission.ts';
import type { Dispatcher } from './dispatch.ts';
import type { Records } from './records.ts';
import type { Subscribers } from './subscriptions.ts';

/** Works through the records that ship with fleets, as fast as there is room. */
export interface Feeder {
  /** Resolves, when all of them are admitted, with how many there are. */
  feed(fleet: Fleet, options: { readonly all: boolean }): Promise<number>;
  isFeeding(): boolean;
  stop(): void;
}

/** Records of our own systems: trusted as far as they are ours, for use inside. */
const SHIPPED_LABEL: Label = { integrity: 'trusted', confidentiality: 'internal', origins: [] };
/** Shipped records under way to the record at once, so that they share commits. */
const FEED_WINDOW = 128;
/** Runs that may be queued before a shipped source waits: enough for full batches, and few enough to keep in memory. */
const FEED_AHEAD = 800;
/** How far a source is read again after a restart, in case positions were noted ahead of their neighbours. */
const FEED_OVERLAP = 2 * FEED_WINDOW;

export function createFeeder(options: {
  readonly admission: Admission;
  readonly dispatcher: Dispatcher;
  readonly records: Records;
  readonly subscribers: Subscribers;
  readonly maxQueued: number;
  onTrouble(what: string): void;
}): Feeder {
  const { admission, dispatcher, records, subscribers } = options;
  let feeding = 0;
  let stopped = false;

  return {
    async feed(fleet, { all }) {
      feeding += 1;
      try {
        return await feed(fleet, all);
      } finally {
        feeding -= 1;
      }
    },
    isFeeding: () => feeding > 0,
    stop() {
      stopped = true;
    },
  };

  /** A restart goes on from the position on record; what is read again is recognised as a repeat. */
  async function feed(fleet: Fleet, all: boolean): Promise<number> {
    // The first part is not always how all of them begin, so a place in one says nothing about the other.
    const name = `shipped/${fleet.name}${all ? '/all' : ''}`;
    const from = Math.max(0, (await patiently(() => records.sourcePosition(name))) - FEED_OVERLAP);
    const window = new Set<Promise<unknown>>();
    let failed: unknown;
    let position = 0;
    for await (const raw of fleet.work({ all })) {
      position += 1;
      if (stopped || failed !== undefined) break;
      if (position <= from) continue;
      await dispatcher.below(Math.min(FEED_AHEAD, options.maxQueued));
      const event = admitRaw(raw, { tenant: fleet.tenant, label: SHIPPED_LABEL, receivedAt: raw.time }, subscribers);
      const how = { evenWhenFull: true, source: { name, position } };
      const admitting = patiently(() => admission.admit(event, how))
        .catch((error: unknown) => {
          failed ??= error;
        })
        .finally(() => window.delete(admitting));
      window.add(admitting);
      if (window.size >= FEED_WINDOW) await Promise.race(window);
    }
    await Promise.all(window);
    if (failed !== undefined) throw failed;
    return position;
  }

  /** Our own records can wait for a record that is away; nobody else would bring them again. */
  async function patiently<T>(attempt: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof RetryLater) || stopped) throw error;
        options.onTrouble(error.message);
        await new Promise((resolve) => setTimeout(resolve, Math.min(error.afterMs, 500)));
      }
    }
  }
}
