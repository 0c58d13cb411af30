import { FAILPOINTS, type Failpoint } from '../../src/vocabulary/index.ts';
import type { Case } from '../faults/lane.ts';
import { VICTIMS, type Victim } from '../faults/protocol.ts';
import type { Size } from './proof.ts';
import { randomFrom } from './random.ts';

/**
 * The crash matrix: each failpoint with each victim at its first and its seventh pass. At reduced size each failpoint with the
 * platform, and two each with engine and database.
 */
export function casesAt(size: Size, seed: number): readonly Case[] {
  const random = randomFrom(seed);
  if (size === 'full') {
    const pauseMs = (): number => (random.hit(0.5) ? 0 : 2_000);
    return [1, 7].flatMap((nth) =>
      VICTIMS.flatMap((victim) => FAILPOINTS.map((name): Case => ({ name, victim, nth, pauseMs: pauseMs() }))),
    );
  }
  // The sealer passes once a second: more than the first pass would only take time.
  const nthOf = (name: Failpoint): number => (name.startsWith('seal.') ? 1 : 1 + random.below(3));
  const of = (victim: Victim, ...names: readonly Failpoint[]): Case[] =>
    names.map((name) => ({ name, victim, nth: nthOf(name), pauseMs: 0 }));
  return [
    ...of('platform', ...FAILPOINTS),
    ...of('engine', 'dispatch.after-submit', 'act.after-send'),
    ...of('database', 'gate.before-commit', 'outcome.before-commit'),
  ];
}
