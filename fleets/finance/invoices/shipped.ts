import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { z } from 'zod';

/** The text of a file that ships in `data/`. */
export function readData(name: string): string {
  return gunzipSync(readFileSync(new URL(`data/${name}`, import.meta.url))).toString('utf8');
}

/** The records of a JSON Lines file that ships in `data/`, one at a time. */
export function* readRecords<T>(name: string, schema: z.ZodType<T>): Generator<T> {
  for (const line of readData(name).split('\n')) if (line !== '') yield schema.parse(JSON.parse(line));
}
