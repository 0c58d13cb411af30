/** Writes what REFERENCES prints into the pages that hold it: `node scripts/run.mjs scripts/print-reference.ts`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { REFERENCES, withPrinted } from './reference.ts';

for (const { page, name, print } of REFERENCES) {
  const file = new URL(`../${page}`, import.meta.url);
  const before = readFileSync(file, 'utf8');
  const after = withPrinted(before, name, await print());
  if (after === before) continue;
  writeFileSync(file, after);
  process.stdout.write(`${page}: ${name}\n`);
}
