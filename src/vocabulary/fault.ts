/**
 * The few things that are thrown, each named by what the catcher shall do next. Refusals and failures of the work itself are
 * values (`Verdict`, `Outcome`) and go to the ledger; these are for bugs, bad input at a door, and a world that is away.
 */

/** Every code that a door may answer with; `docs/errors.md` lists them and a test holds the two together. */
export type FaultCode =
  | 'already-answered'
  | 'approval-not-found'
  | 'bad-capability'
  | 'bad-config'
  | 'bad-decision-template'
  | 'bad-event'
  | 'bad-fleet'
  | 'bad-host'
  | 'bad-json'
  | 'bad-policy'
  | 'bad-request'
  | 'body-too-large'
  | 'changed-meanwhile'
  | 'data-folder-in-use'
  | 'data-folder-of-another-version'
  | 'database-newer-than-code'
  | 'database-unreachable'
  | 'disk-full'
  | 'engine-unreachable'
  | 'event-schema-mismatch'
  | 'evidence-insufficient'
  | 'evidence-void'
  | 'forbidden'
  | 'internal'
  | 'method-not-allowed'
  | 'migration-changed'
  | 'needs-second-person'
  | 'no-policies'
  | 'not-canonical'
  | 'not-found'
  | 'not-ready'
  | 'permit-not-on-record'
  | 'policies-not-trusted'
  | 'port-taken'
  | 'queue-full'
  | 'record-unavailable'
  | 'right-suspended'
  | 'too-many-attempts'
  | 'too-soon'
  | 'tool-unavailable'
  | 'unauthorized'
  | 'unknown-agent'
  | 'unknown-event-type'
  | 'unknown-tenant'
  | 'unknown-tool'
  | 'unsupported-media-type'
  | 'verification-failed';

class Fault extends Error {
  readonly code: FaultCode;
  /** What the person who reads this can do about it. */
  readonly fix: string | undefined;

  constructor(code: FaultCode, message: string, options: { fix?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.fix = options.fix;
    this.name = new.target.name;
  }
}

/** The caller's mistake: input that can never work. Do not retry. */
export class Misuse extends Fault {}

/** Something is away or full for now. Try again after `afterMs` milliseconds. */
export class RetryLater extends Fault {
  readonly afterMs: number;

  constructor(code: FaultCode, message: string, options: { fix?: string; cause?: unknown; afterMs?: number } = {}) {
    super(code, message, options);
    this.afterMs = options.afterMs ?? 1_000;
  }
}

/** It cannot be done and retrying would not help; say so and stop. */
export class GiveUp extends Fault {}

/** True for everything this page defines. */
export function isFault(error: unknown): error is Misuse | RetryLater | GiveUp {
  return error instanceof Fault;
}

/** The message of anything thrown, for a person. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
