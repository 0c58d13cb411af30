import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import type { RawEvent } from '../../src/sdk/index.ts';
import { Analysed } from './events.ts';

/** Enough for a demonstration: every kind of outcome occurs among the first of them. */
const FIRST_PART = 1_600;

/** The shipped CVEs as `vulnerability.analysed` events, in the order CISA analysed them (the file's own order), streamed. */
export async function* work({ all }: { readonly all: boolean }): AsyncGenerator<RawEvent> {
  const file = createReadStream(new URL('./data/cves.jsonl.gz', import.meta.url));
  const lines = createInterface({ input: file.pipe(createGunzip()), crlfDelay: Infinity });
  let count = 0;
  try {
    for await (const line of lines) {
      if (!all && count === FIRST_PART) return;
      count += 1;
      yield toEvent(Analysed.parse(JSON.parse(line)));
    }
  } finally {
    lines.close();
    file.destroy();
  }
}

/** An analysis is one event: the same CVE analysed again is another. */
export function toEvent(record: Analysed): RawEvent {
  return {
    id: `${record.cve}/${record.ssvc_timestamp}`,
    source: 'cisagov/vulnrichment',
    type: 'vulnerability.analysed',
    subject: record.cve,
    time: record.ssvc_timestamp,
    data: record,
  };
}
