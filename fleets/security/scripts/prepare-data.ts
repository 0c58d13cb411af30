/**
 * Makes the files in `data/` from the public sources named in `data/README.md`, laid out as there:
 * `node fleets/security/scripts/prepare-data.ts SOURCE_FOLDER`. The same input gives the same bytes.
 */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { z } from 'zod';
import { Analysed } from '../events.ts';

/** Tickets show at most this much of a description. */
const DESCRIPTION_CHARACTERS = 240;
const TABLES = ['cisa_coordinator_2_0_3.csv', 'cisa_bod_26_04_1_0_0.csv'];

const from = z.string({ error: 'say where the sources are' }).parse(process.argv[2]);
const data = new URL('../data/', import.meta.url);

const records = readFileSync(join(from, 'cves_ssvc.jsonl'), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => {
    // What the schema does not name is dropped, above all `ssvc_normalised`: the agents must find it.
    const record = Analysed.parse(JSON.parse(line));
    return { ...record, description: Array.from(record.description).slice(0, DESCRIPTION_CHARACTERS).join('') };
  })
  .sort((a, b) => Date.parse(a.ssvc_timestamp) - Date.parse(b.ssvc_timestamp) || (a.cve < b.cve ? -1 : 1));

write('cves.jsonl.gz', records.map((record) => JSON.stringify(record)).join('\n') + '\n');
write('kev.json.gz', readFileSync(join(from, 'kev.json')));
write('kev-to-attack.json.gz', readFileSync(join(from, 'kev_to_attack.json')));
write('expected-decisions.csv.gz', readFileSync(join(from, 'expected_decisions.csv')));
for (const table of TABLES)
  copyFileSync(join(from, 'decision_tables', table), new URL(`decision-tables/${table}`, data));

function write(name: string, content: string | Uint8Array): void {
  writeFileSync(new URL(name, data), gzipSync(content, { level: 9 }));
}
