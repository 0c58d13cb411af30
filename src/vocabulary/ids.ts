import { createHash, randomBytes } from 'node:crypto';

/**
 * Every kind of id and its prefix, alphabetical, append-only. An id carries its kind, so that two kinds never mix: neither in
 * the compiler (branded) nor in a log (prefixed).
 */
export const ID_PREFIX = {
  approval: 'apr',
  batch: 'bat',
  delegation: 'dlg',
  event: 'evt',
  incident: 'inc',
  motion: 'mot',
  permit: 'prm',
  person: 'per',
  review: 'rev',
  run: 'run',
  'standing-grant': 'grt',
  token: 'tok',
  webhook: 'whk',
} as const;

export type IdKind = keyof typeof ID_PREFIX;
export type Id<K extends IdKind> = string & { readonly __kind: K };

export type ApprovalId = Id<'approval'>;
export type BatchId = Id<'batch'>;
export type EventId = Id<'event'>;
export type MotionId = Id<'motion'>;
/** Also the idempotency key that the tool receives. */
export type PermitId = Id<'permit'>;
export type PersonId = Id<'person'>;
export type RunId = Id<'run'>;

/** Name of a tenant (a business unit with its own data), e.g. `north`. */
export type TenantId = string & { readonly __kind: 'tenant' };
/** Name of an agent, e.g. `claims-clerk.faculty-2`. */
export type AgentId = string & { readonly __kind: 'agent' };
/** Name of a tool, e.g. `erp.propose-payment`. */
export type ToolId = string & { readonly __kind: 'tool' };

/** A new id: 48 bits of time, 80 of chance, so that ids sort by when they were made. */
export function newId<K extends IdKind>(kind: K, now: number = Date.now()): Id<K> {
  const time = now.toString(16).padStart(12, '0');
  return `${ID_PREFIX[kind]}_${time}${randomBytes(10).toString('hex')}` as Id<K>;
}

/**
 * The id that follows from `parts`: the same parts always give the same id. This is how a run that is carried out again after
 * a crash finds the permit it already holds. 128 bits of SHA-256 over the parts, each preceded by its length.
 */
export function derivedId<K extends IdKind>(kind: K, ...parts: readonly (string | number)[]): Id<K> {
  const hash = createHash('sha256');
  for (const part of parts) {
    const text = String(part);
    hash.update(`${text.length}:${text}`);
  }
  return `${ID_PREFIX[kind]}_${hash.digest('hex').slice(0, 32)}` as Id<K>;
}

/** True when `text` is an id of this kind. */
export function isId<K extends IdKind>(kind: K, text: string): text is Id<K> {
  return text.startsWith(`${ID_PREFIX[kind]}_`) && /^[a-z]{3}_[0-9a-f]{32}$/.test(text);
}
