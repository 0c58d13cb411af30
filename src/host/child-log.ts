import { closeSync, fstatSync, openSync, readSync, renameSync, statSync } from 'node:fs';

/** A log over this size is put aside when the child starts; one old log is kept, so a child's logs stay under twice this. */
const ROTATE_AT_BYTES = 10 * 1024 * 1024;
const TAIL_BYTES = 8 * 1024;

/** The log of one life of a child. */
export interface ChildLog {
  /** For the child's stdout and stderr. */
  readonly fd: number;
  /** What this life wrote last, at most 8 KiB; also after `close`. */
  tail(): string;
  close(): void;
}

export function openChildLog(path: string): ChildLog {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > ROTATE_AT_BYTES) renameSync(path, `${path}.1`);
  const fd = openSync(path, 'a+', 0o600);
  const began = fstatSync(fd).size;
  let lastWords: string | undefined;

  function tail(): string {
    if (lastWords !== undefined) return lastWords;
    const { size } = fstatSync(fd);
    const from = Math.max(began, size - TAIL_BYTES);
    const bytes = Buffer.alloc(Math.max(0, size - from));
    readSync(fd, bytes, 0, bytes.length, from);
    return bytes.toString('utf8');
  }

  function close(): void {
    if (lastWords !== undefined) return;
    lastWords = tail();
    closeSync(fd);
  }

  return { fd, tail, close };
}
