import { messageOf } from '../vocabulary/index.ts';

/** One event of the input, as the text that was written: it is sent unchanged, so that the platform judges what was meant. */
export interface SentEvent {
  /** Line of the input, or place in its array, from 1. */
  readonly line: number;
  readonly text: string;
  /** Why it is no JSON; null when it is. */
  readonly fault: string | null;
}

const MOST_IN_BATCH = 100;
/** Well below the platform's limit for a body. */
const MOST_BYTES = 256 * 1024;

/** Events from text: one JSON object, an array of them, or one on each line. */
export function readEvents(text: string): readonly SentEvent[] {
  const whole = parse(text);
  if (Array.isArray(whole.value)) {
    return whole.value.map((event: unknown, n) => ({ line: n + 1, text: JSON.stringify(event), fault: null }));
  }
  if (whole.fault === null) return [{ line: 1, text, fault: null }];
  return text.split('\n').flatMap((line, n) => {
    if (line.trim() === '') return [];
    return [{ line: n + 1, text: line, fault: parse(line).fault }];
  });
}

/** Cuts events into batches that fit in a request; one that is too large for any goes alone. */
export function* batches(events: readonly SentEvent[]): Generator<readonly SentEvent[]> {
  let batch: SentEvent[] = [];
  let bytes = 0;
  for (const event of events) {
    const size = Buffer.byteLength(event.text);
    if (batch.length > 0 && (batch.length >= MOST_IN_BATCH || bytes + size > MOST_BYTES)) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(event);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

function parse(text: string): { readonly value: unknown; readonly fault: string | null } {
  try {
    return { value: JSON.parse(text) as unknown, fault: null };
  } catch (error) {
    return { value: undefined, fault: messageOf(error) };
  }
}
