import type { Fleet, ScoreRow } from '../vocabulary/index.ts';
import { rehearse } from './rehearse.ts';

/** How one domain agrees with answers that nobody here wrote. */
export interface Score {
  readonly domain: string;
  readonly events: number;
  readonly runs: number;
  readonly rows: readonly ScoreRow[];
  /** True when every expected answer was given and no other. */
  readonly exact: boolean;
}

/** Rehearses a fleet over all the records that ship with it and compares. Null when it ships no answers. */
export async function score(fleet: Fleet): Promise<Score | null> {
  const scorer = fleet.score?.();
  if (scorer === undefined) return null;
  const count = await rehearse(fleet, fleet.work({ all: true }), (rehearsed) => scorer.observe(rehearsed));
  const rows = scorer.result();
  const exact = rows.every(({ expected, agreed, extra }) => agreed === expected && extra === 0);
  return { domain: fleet.name, ...count, rows, exact };
}
