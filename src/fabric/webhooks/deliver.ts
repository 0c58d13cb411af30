import { messageOf as whyOf } from '../../vocabulary/index.ts';
import type { Message } from './message.ts';
import { signedHeaders } from './signing.ts';

export type Delivery =
  | { readonly kind: 'taken' }
  /** `gone`: the receiver says that it wants nothing more. */
  | { readonly kind: 'not-taken'; readonly why: string; readonly gone: boolean };

const LIMIT_MS = 10_000;

/** Sends a message once: no redirects, and nothing of the answer is read but its status. */
export async function deliver(url: string, secret: string, { id, body }: Message, now: number): Promise<Delivery> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      signal: AbortSignal.timeout(LIMIT_MS),
      headers: {
        ...signedHeaders(secret, id, now, body),
        'content-type': 'application/json',
        'user-agent': 'reeve-webhooks',
      },
      body,
    });
    await response.body?.cancel();
    if (response.ok) return { kind: 'taken' };
    return { kind: 'not-taken', why: `it answered ${response.status}`, gone: response.status === 410 };
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    return { kind: 'not-taken', why: whyOf(cause), gone: false };
  }
}
