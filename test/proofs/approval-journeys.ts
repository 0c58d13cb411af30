import { messageOf } from '../../src/vocabulary/index.ts';
import { JOURNEYS } from '../journeys/approval-journeys.ts';
import { approvalWorld } from '../journeys/approval-world.ts';
import { budgetAsks } from '../journeys/budget-journey.ts';
import type { Figure, Proof, Size } from './proof.ts';

const ALL = [...JOURNEYS, budgetAsks];
/** Each on a new installation. */
const ROUNDS: Readonly<Record<Size, number>> = { full: 3, reduced: 1 };

/** What users of other products complain of, tried on a whole platform with the simulated systems' own journals as the judge. */
export const proof: Proof = {
  name: 'approval-journeys',
  shows:
    'declined never runs; approved after restart runs once; a sub-agent cannot skip; an edit is judged again; a requester cannot approve; an absent approver’s delegate can; a budget asks instead of failing',
  async run({ size, log }) {
    const held = new Map<string, Figure>(ALL.map(({ name }) => [name, 0]));
    const broken: string[] = [];
    let differences = 0;
    for (let round = 1; round <= ROUNDS[size]; round++) {
      const world = await approvalWorld();
      try {
        for (const { name, complaint, go } of ALL) {
          try {
            await go(world);
            held.set(name, Number(held.get(name)) + 1);
            log(`round ${round}: ${name}, although people say: ${complaint}`);
          } catch (error) {
            broken.push(`${name}: ${messageOf(error)}`);
            log(`round ${round}: BROKEN: ${name}: ${messageOf(error)}`);
          }
        }
        await world.quiet();
        const found = await world.platform.reconcile();
        differences += found === null ? 1 : found.unlogged + found.lost + found.duplicate + found.contradicted;
      } finally {
        await world.close();
      }
    }
    return {
      pass: broken.length === 0 && differences === 0,
      figures: { rounds: ROUNDS[size], ...Object.fromEntries(held), differences, broken: broken[0] ?? null },
    };
  },
};
