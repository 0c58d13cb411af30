import type { Digest, Json } from './canonical.ts';

/** What happened in the world. */
export type Outcome =
  | { readonly kind: 'done'; readonly result: Json; readonly resultDigest: Digest }
  /** The tool said no, or could not have received it: nothing happened. */
  | { readonly kind: 'failed'; readonly code: FailureCode; readonly message: string }
  /** It may or may not have happened. Settled by the tool's effect class, never guessed. */
  | { readonly kind: 'unknown'; readonly message: string };

/** Why an act failed with certainty. */
export type FailureCode =
  /** The tool answered that it will not (4xx). */
  | 'rejected'
  /** Nothing was sent: breaker open, bulkhead full, connection refused, permit too old. */
  | 'not-sent'
  /** Nothing was sent: when the bytes were about to leave, a stop held them back. */
  | 'stopped'
  /** The tool's answer does not fit its output schema. The effect happened; its result cannot be used. */
  | 'bad-result'
  /** A tool that only reads (E0) gave no answer; nothing was changed. */
  | 'no-answer'
  /** Asked later, the tool says that it never happened. */
  | 'never-happened'
  /** A person looked and said that it did not happen. */
  | 'settled-by-person';
