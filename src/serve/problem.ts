import { z } from '@hono/zod-openapi';
import { isFault, RetryLater, type FaultCode } from '../vocabulary/index.ts';

/** The HTTP status of each code; `docs/errors.md` says what each means and what to do, and a test holds the two together. */
export const STATUS_OF = {
  'already-answered': 409,
  'approval-not-found': 404,
  'bad-capability': 400,
  'bad-config': 500,
  'bad-decision-template': 400,
  'bad-event': 400,
  'bad-fleet': 400,
  'bad-host': 421,
  'bad-json': 400,
  'bad-policy': 400,
  'bad-request': 400,
  'body-too-large': 413,
  'changed-meanwhile': 409,
  'data-folder-in-use': 500,
  'data-folder-of-another-version': 500,
  'database-newer-than-code': 500,
  'database-unreachable': 503,
  'disk-full': 503,
  'engine-unreachable': 503,
  'event-schema-mismatch': 422,
  'evidence-insufficient': 409,
  'evidence-void': 409,
  forbidden: 403,
  internal: 500,
  'method-not-allowed': 405,
  'migration-changed': 500,
  'needs-second-person': 409,
  'no-policies': 500,
  'not-canonical': 400,
  'not-found': 404,
  'not-ready': 503,
  'permit-not-on-record': 409,
  'policies-not-trusted': 500,
  'port-taken': 500,
  'queue-full': 429,
  'record-unavailable': 503,
  'right-suspended': 403,
  'too-many-attempts': 429,
  'too-soon': 409,
  'tool-unavailable': 503,
  unauthorized: 401,
  'unknown-agent': 404,
  'unknown-event-type': 422,
  'unknown-tenant': 400,
  'unknown-tool': 404,
  'unsupported-media-type': 415,
  'verification-failed': 500,
} as const satisfies Record<FaultCode, number>;

/** What went wrong, by RFC 9457, with our stable code and, where one is known, what to do about it. */
export const Problem = z
  .object({
    type: z.string().openapi({ example: 'urn:reeve:error:queue-full' }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string().openapi({ description: 'stable; every code is explained in docs/errors.md' }),
    fix: z.string().optional(),
  })
  .openapi('Problem');
export type Problem = z.infer<typeof Problem>;

/** A problem and what its answer must carry besides. */
export interface Trouble {
  readonly problem: Problem;
  /** Seconds; set when trying again later may help. */
  readonly retryAfter: number | null;
  /** True when it is our bug: what was thrown goes to the log, not to the caller. */
  readonly ours: boolean;
}

/** Longest `detail`: what was sent is quoted in it. */
const MOST_DETAIL = 2_000;

/** What a door says about something thrown. What is not one of ours says nothing about our inside. */
export function troubleOf(error: unknown): Trouble {
  const fault = faultIn(error);
  if (fault === null || STATUS_OF[fault.code] === 500) {
    return { problem: problem('internal', 'an internal error; it is in the log'), retryAfter: null, ours: true };
  }
  const retryAfter = fault instanceof RetryLater ? Math.max(1, Math.ceil(fault.afterMs / 1_000)) : null;
  return { problem: problem(fault.code, fault.message, fault.fix), retryAfter, ours: false };
}

/** `status` only for the few that HTTP itself has a status of its own for. */
export function problem(code: FaultCode, detail: string, fix?: string, status: number = STATUS_OF[code]): Problem {
  const short = detail.length > MOST_DETAIL ? `${detail.slice(0, MOST_DETAIL)}…` : detail;
  return {
    type: `urn:reeve:error:${code}`,
    title: code.replaceAll('-', ' '),
    status,
    detail: short.toWellFormed(),
    code,
    ...(fix !== undefined && { fix }),
  };
}

/** As an answer. */
export function problemResponse(trouble: Pick<Trouble, 'problem' | 'retryAfter'>): Response {
  const headers = new Headers({ 'content-type': 'application/problem+json', 'cache-control': 'no-store' });
  if (trouble.retryAfter !== null) headers.set('retry-after', String(trouble.retryAfter));
  if (trouble.problem.status === 401) headers.set('www-authenticate', 'Bearer realm="reeve"');
  return new Response(JSON.stringify(trouble.problem), { status: trouble.problem.status, headers });
}

/** The fault itself, or the one that something else was thrown because of (Drizzle wraps what the database says). */
function faultIn(error: unknown): ReturnType<typeof asFault> {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 4; cause = cause.cause, depth++) {
    const fault = asFault(cause);
    if (fault !== null) return fault;
  }
  return null;
}

function asFault(error: unknown) {
  return isFault(error) ? error : null;
}
