import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeJsonDurably } from './write-durably.ts';

/** A folder of small JSON files that several processes of one user may put down, each whole and on disk when `put` returns. */
export interface Notes {
  /** Contents by name, sorted; null for what is no JSON. */
  list(): readonly (readonly [name: string, content: unknown])[];
  /** Name: lower-case letters, digits and `_`. */
  put(name: string, content: object): void;
  remove(name: string): void;
}

const NAME = /^([a-z0-9_]+)\.json$/;

/** Makes the folder (mode 0700) when it is not there. Throws what the file system says. */
export function openNotes(path: string): Notes {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const at = (name: string): string => join(path, `${name}.json`);
  return {
    list() {
      const found: (readonly [string, unknown])[] = [];
      for (const file of readdirSync(path).sort()) {
        const [, name] = NAME.exec(file) ?? [];
        if (name !== undefined) found.push(...contentOf(at(name), name));
      }
      return found;
    },
    put(name, content) {
      writeJsonDurably(at(name), content);
      // The name, too: without this the file may be gone after a power cut.
      const folder = openSync(path, 'r');
      try {
        fsyncSync(folder);
      } finally {
        closeSync(folder);
      }
    },
    remove: (name) => rmSync(at(name), { force: true }),
  };
}

function contentOf(path: string, name: string): (readonly [string, unknown])[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    // Taken away between the listing and this.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  try {
    return [[name, JSON.parse(text) as unknown]];
  } catch {
    return [[name, null]];
  }
}
