import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

const read = (name: string): string =>
  gunzipSync(readFileSync(new URL(`../data/hostile/${name}.gz`, import.meta.url))).toString();

/** One text of JSONTestSuite. */
export interface JsonCase {
  readonly name: string;
  readonly expect: 'accept' | 'reject' | 'implementation-defined';
  readonly bytes: Buffer;
}

export function jsonTestSuite(): readonly JsonCase[] {
  return read('jsontestsuite.jsonl')
    .trim()
    .split('\n')
    .map((line) => {
      const { base64, ...rest } = JSON.parse(line) as Omit<JsonCase, 'bytes'> & { base64: string };
      return { ...rest, bytes: Buffer.from(base64, 'base64') };
    });
}

export function naughtyStrings(): readonly string[] {
  return JSON.parse(read('blns.json')) as string[];
}
