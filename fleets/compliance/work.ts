import { createReadStream } from 'node:fs';
import { createBrotliDecompress } from 'node:zlib';
import type { RawEvent } from '../../src/sdk/index.ts';

/** Enough for a demonstration: all the controls, and what was published on regulations before this day. */
const FIRST_PART_ENDS = '2014-02-01';

/** What regulator and standards body published, in time order, read as it is asked for. */
export async function* work({ all }: { readonly all: boolean }): AsyncGenerator<RawEvent> {
  const regulations = published('regulations.jsonl.br');
  const controls = published('controls.jsonl.br');
  for await (const event of inTimeOrder(regulations, controls)) {
    if (all || event.type === 'control.published' || event.time < FIRST_PART_ENDS) yield event;
  }
}

async function* published(file: string): AsyncGenerator<RawEvent> {
  const compressed = createReadStream(new URL(`./data/${file}`, import.meta.url));
  const text = compressed.pipe(createBrotliDecompress()).setEncoding('utf8');
  compressed.once('error', (error) => text.destroy(error));
  try {
    let rest = '';
    for await (const chunk of text) {
      const lines = `${rest}${String(chunk)}`.split('\n');
      rest = lines.pop() ?? '';
      // The file is ours; `data` is held against its schema when the event is admitted.
      for (const line of lines) yield JSON.parse(line) as RawEvent;
    }
  } finally {
    compressed.destroy();
    text.destroy();
  }
}

/** Of two sources in time order, one; the first goes first when they are level. */
async function* inTimeOrder(a: AsyncGenerator<RawEvent>, b: AsyncGenerator<RawEvent>): AsyncGenerator<RawEvent> {
  try {
    let [x, y] = [await a.next(), await b.next()];
    while (x.done !== true || y.done !== true) {
      if (y.done === true || (x.done !== true && x.value.time <= y.value.time)) {
        if (x.done !== true) yield x.value;
        x = await a.next();
      } else {
        yield y.value;
        y = await b.next();
      }
    }
  } finally {
    await a.return(undefined);
    await b.return(undefined);
  }
}
