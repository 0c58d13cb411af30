/**
 * Packs the claims logs for shipping: `node pack.ts SOURCE`, where SOURCE holds the three JSONL files, `activities.json` and
 * `reference_verdicts.json`. Rows are kept as they are; of the reference only the case lists of the three logs are kept.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { z } from 'zod';

const LOGS = { domestic: 'DomesticDeclarations', request: 'RequestForPayment', prepaid: 'PrepaidTravelCost' } as const;
const Verdicts = z.record(
  z.string(),
  z.object({ rules: z.record(z.string(), z.object({ cases: z.array(z.string()) })) }),
);

const [source] = process.argv.slice(2);
if (source === undefined) throw new Error('say where the logs are: `node pack.ts SOURCE`');
const verdicts = Verdicts.parse(JSON.parse(readFileSync(join(source, 'reference_verdicts.json'), 'utf8')));
const reference: Record<string, Record<string, readonly string[]>> = {};

for (const [log, file] of Object.entries(LOGS)) {
  write(`${log}.jsonl.gz`, gzipSync(readFileSync(join(source, `${file}.jsonl`)), { level: 9 }));
  const rules = Object.entries(verdicts[file]?.rules ?? {});
  reference[log] = Object.fromEntries(rules.map(([rule, { cases }]) => [rule, cases]));
}
write('reference.json.gz', gzipSync(JSON.stringify(reference), { level: 9 }));
write('activities.json', readFileSync(join(source, 'activities.json')));

function write(name: string, bytes: Uint8Array) {
  writeFileSync(new URL(`../data/${name}`, import.meta.url), bytes);
}
