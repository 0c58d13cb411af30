import type { Fleet, RawEvent } from '../../vocabulary/index.ts';

/** The fleet with only the first `most` of its records. */
export function firstPart(fleet: Fleet, most: number): Fleet {
  return {
    ...fleet,
    async *work(options): AsyncGenerator<RawEvent> {
      let count = 0;
      if (most === 0) return;
      for await (const raw of fleet.work(options)) {
        yield raw;
        count += 1;
        if (count === most) return;
      }
    },
  };
}
