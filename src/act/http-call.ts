import type { Json, Tool, ToolCall } from '../vocabulary/index.ts';
import { doneWithText, failed, heldBack, nothing, uncertain, type Attempt, type Held } from './attempt.ts';
import type { Breaker } from './breaker.ts';
import type { HttpClient, HttpRequest, Reply } from './http-client.ts';
import { fillPath } from './path.ts';

/** An enterprise system that tools call by HTTP. */
export interface ToolSystem {
  /** E.g. `https://erp.example.com/api`; a tool's path follows it. */
  readonly baseUrl: string;
  /** Lends the secret for one call, as a bearer token; it is kept nowhere. */
  secret?(): string;
}

export type HttpToolCall = ToolCall & { kind: 'http' };

/** One request to a system: `values` fill the path, `body` is sent byte for byte. */
export interface HttpOrder {
  readonly call: HttpToolCall;
  readonly tool: Tool;
  readonly values: Json;
  readonly body: string | null;
  /** Idempotency key and reference; null for a question. */
  readonly key: string | null;
  /** Of an act: see `Order`. A question is not held back. */
  held?(): Held | null;
}

/** The reply, or why nothing was sent. */
export type HttpCaller = (
  order: HttpOrder,
) => Promise<Exclude<Reply, { kind: 'held' }> | (Attempt & { kind: 'nothing' })>;

/** Calls systems: fills the path, lends the secret, minds the breaker, takes the secret out of whatever comes back. */
export function createHttpCaller(
  systems: Readonly<Record<string, ToolSystem>>,
  send: HttpClient,
  breakerOf: (system: string) => Breaker,
): HttpCaller {
  const bases = new Map(Object.entries(systems).map(([name, { baseUrl }]) => [name, new URL(baseUrl)]));
  return async ({ call, tool, values, body, key, held }) => {
    const base = bases.get(call.system);
    const never = (why: string) => nothing(`\`${tool.name}\`: ${why}`, { again: false });
    if (base === undefined) return never(`no address is configured for the system \`${call.system}\``);
    const filled = fillPath(call.path, values);
    if (filled.kind === 'bad') return never(filled.message);
    let secret: string | null;
    try {
      secret = systems[call.system]?.secret?.() || null;
    } catch {
      return never(`the secret for the system \`${call.system}\` could not be lent`);
    }
    const headers: Record<string, string> = { accept: 'application/json' };
    if (secret !== null) headers['authorization'] = `Bearer ${secret}`;
    if (key !== null) {
      headers['idempotency-key'] = key;
      headers['reeve-reference'] = key;
    }
    if (body !== null) {
      headers['content-type'] = 'application/json';
      headers['content-length'] = String(Buffer.byteLength(body));
    }
    const path = base.pathname.replace(/\/$/, '') + filled.path;
    const breaker = breakerOf(call.system);
    const ticket = breaker.enter();
    if (ticket === null) {
      return nothing(`\`${call.system}\` does not answer and is left alone for a while`, {
        again: true,
        afterMs: 1_000,
      });
    }
    const request: HttpRequest = { method: call.method, base, path, headers, body, timeoutMs: tool.timeoutMs };
    const reply = await send(held === undefined ? request : { ...request, held });
    if (reply.kind === 'held') {
      // That says nothing of the system.
      breaker.leave(ticket, null);
      return heldBack(reply.held);
    }
    breaker.leave(ticket, reply.kind === 'answered' && reply.status < 500);
    return secret === null ? reply : withoutSecret(reply, secret);
  };
}

/** What a status says about the act. */
type Meaning = 'done' | 'busy' | 'rejected' | 'uncertain';

/** What the reply to an act says of it. */
export function attemptOf(tool: Tool, key: string, reply: Exclude<Reply, { kind: 'held' }>, now: number): Attempt {
  if (reply.kind === 'not-sent')
    return nothing(`\`${tool.name}\` could not be reached: ${reply.message}`, { again: true });
  if (reply.kind === 'no-answer') return uncertain(`\`${tool.name}\`: ${reply.message}`, { over: false });
  const echo = reply.headers['reeve-reference'];
  if (echo !== undefined && echo !== key) {
    return uncertain(`\`${tool.name}\` answered with the reference of another call, \`${String(echo)}\``, {
      over: false,
    });
  }
  return ATTEMPT_OF[meaningOf(reply)](tool, reply, now);
}

const ATTEMPT_OF = {
  done: (tool, { text }) => doneWithText(tool, text),
  rejected: (tool, reply) => failed('rejected', said(tool, reply)),
  busy: (tool, reply, now) => nothing(said(tool, reply), { again: true, afterMs: retryAfterMs(reply, now) ?? 0 }),
  uncertain: (tool, reply) => uncertain(said(tool, reply), { over: reply.status === 500 }),
} as const satisfies Record<Meaning, (tool: Tool, reply: Answer, now: number) => Attempt>;

type Answer = Reply & { kind: 'answered' };

/**
 * 429 and 425 (RFC 6585, RFC 8470) say that the request was not processed, and so does a 503 that names a time (RFC 9110);
 * 408 and the other 5xx leave it open, as does a redirect, which is not followed.
 */
function meaningOf({ status, headers }: Answer): Meaning {
  if (status >= 200 && status < 300) return 'done';
  if (status === 429 || status === 425) return 'busy';
  if (status === 503 && headers['retry-after'] !== undefined) return 'busy';
  if (status >= 400 && status < 500 && status !== 408) return 'rejected';
  return 'uncertain';
}

function said(tool: Tool, { status, text }: Answer): string {
  const words = text.slice(0, 200).toWellFormed().replaceAll('\u0000', '');
  return `\`${tool.name}\` answered ${status}${words === '' ? '' : `: ${words}`}`;
}

/** `Retry-After` as seconds or as a date, RFC 9110 section 10.2.3. */
function retryAfterMs({ headers }: Answer, now: number): number | null {
  const value = headers['retry-after'];
  if (value === undefined) return null;
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}

/** INVARIANT (secrets-never-in-entries): a system that repeats the secret in its answer does not get it onto the record. */
function withoutSecret(reply: Exclude<Reply, { kind: 'held' }>, secret: string): Exclude<Reply, { kind: 'held' }> {
  if (reply.kind === 'answered') {
    return reply.text.includes(secret) ? { ...reply, text: reply.text.replaceAll(secret, '[secret]') } : reply;
  }
  return { ...reply, message: reply.message.replaceAll(secret, '[secret]') };
}
