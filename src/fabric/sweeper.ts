import { messageOf, type Clock, type Document, type DocumentKind } from '../vocabulary/index.ts';
import type { Documents } from './documents.ts';

/** Looks after what has a time: documents that come due, each given to the part that it belongs to. */
export interface Sweeper {
  /** Does what is due now; for tests and for a clock that is moved by hand. Resolves when nothing is due any more. */
  sweep(): Promise<void>;
  stop(): void;
}

export interface SweeperOptions {
  readonly documents: Documents;
  readonly clock: Clock;
  /** By kind: what is done when one comes due. It must move `dueAt` on, or take it away. */
  readonly handlers: Partial<Readonly<Record<DocumentKind, (document: Document) => Promise<void>>>>;
  /** Done at every sweep, besides. */
  readonly also: readonly (() => Promise<void>)[];
  onTrouble(what: string): void;
}

const EVERY_MS = 500;
const MOST_AT_ONCE = 500;

export function startSweeper(options: SweeperOptions): Sweeper {
  const { documents, clock, handlers } = options;
  let sweeping: Promise<void> | null = null;
  const sweep = () => (sweeping ??= sweepNow().finally(() => (sweeping = null)));
  const timer = setInterval(() => {
    sweep().catch((error: unknown) => options.onTrouble(`sweeping: ${messageOf(error)}`));
  }, EVERY_MS);
  timer.unref();
  return { sweep, stop: () => clearInterval(timer) };

  async function sweepNow(): Promise<void> {
    for (const one of options.also) {
      // One that fails does not hold up the others, nor what is due.
      await one().catch((error: unknown) => options.onTrouble(`sweeping: ${messageOf(error)}`));
    }
    const seen = new Set<string>();
    for (;;) {
      const due = (await documents.due(clock.now(), MOST_AT_ONCE)).filter(
        ({ kind, id, rev }) => !seen.has(`${kind} ${id} ${rev}`),
      );
      for (const document of due) {
        seen.add(`${document.kind} ${document.id} ${document.rev}`);
        try {
          await handlers[document.kind]?.(document);
        } catch (error) {
          // One that cannot be handled does not hold up the others.
          options.onTrouble(`\`${document.kind}\` ${document.id}: ${messageOf(error)}`);
        }
      }
      if (due.length < MOST_AT_ONCE) return;
    }
  }
}
