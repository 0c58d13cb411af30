import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { PersonId, TenantId } from '../../vocabulary/index.ts';

/**
 * A stop as it lies in the data folder until it is on record: written before it is acknowledged, so that neither a database that
 * is away nor a crash of this process takes it back.
 */
export interface StopNote {
  readonly id: string;
  readonly scope: string;
  readonly reason: string;
  readonly tenant: TenantId | '*';
  /** Null when it was laid down as a file: then `user` says whose process it was. */
  readonly by: PersonId | null;
  readonly via: 'api' | 'file' | 'drill';
  /** Name of the user at the machine, for a file. */
  readonly user: string | null;
  /** RFC 3339. */
  readonly at: string;
}

/** A folder of small files, each whole and on disk when `put` returns. `host` has one. */
export interface NoteFolder {
  /** Contents by name; null for what is no JSON. Takes microseconds when there is nothing. */
  list(): readonly (readonly [name: string, content: unknown])[];
  put(name: string, content: object): void;
  remove(name: string): void;
}

/** What follows `kind:` is a name, a digest or an id. */
export const SCOPE =
  /^(everything|(tenant|agent|tool|class):[A-Za-z0-9._-]{1,256}|version:sha256:[0-9a-f]{64}|tree:evt_[0-9a-f]{32})$/;

const Shape = z.strictObject({
  id: z.string().regex(/^stp_[0-9a-f]{32}$/),
  scope: z.string().regex(SCOPE),
  reason: z.string().trim().min(1).max(500),
  tenant: z.string().max(256),
  by: z.string().max(64).nullable(),
  via: z.enum(['api', 'file', 'drill']),
  user: z.string().max(256).nullable(),
  at: z.iso.datetime(),
});

/** A stop that is wanted now. */
export function newStopNote(what: Omit<StopNote, 'id' | 'at'>, now: number): StopNote {
  return { ...what, id: `stp_${randomBytes(16).toString('hex')}`, at: new Date(now).toISOString() };
}

/** A note as it lies in its file; null for what is none. */
export function readStopNote(content: unknown): StopNote | null {
  const parsed = Shape.safeParse(content);
  return parsed.success ? (parsed.data as StopNote) : null;
}

/**
 * Lays down a stop for the platform of this folder, without asking it: it looks five times a second, and at its start before it works
 * on anything. For when the API does not answer.
 */
export function leaveStop(folder: NoteFolder, scope: string, reason: string, user: string, now: number): StopNote {
  const note = newStopNote({ scope, reason, tenant: '*', by: null, via: 'file', user }, now);
  folder.put(note.id, note);
  return note;
}
