import { createHmac, randomBytes } from 'node:crypto';

/** What Standard Webhooks calls a symmetric secret: this prefix, and base64 of 32 random bytes. */
const PREFIX = 'whsec_';

export function newWebhookSecret(): string {
  return PREFIX + randomBytes(32).toString('base64');
}

/**
 * The headers that a message is sent with (Standard Webhooks 1.0): whoever has the secret can tell that we sent it, when, and
 * that nothing was changed.
 *
 * @param at milliseconds since the epoch
 */
export function signedHeaders(secret: string, id: string, at: number, body: string): Record<string, string> {
  const seconds = String(Math.floor(at / 1_000));
  const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': `v1,${signature}` };
}
