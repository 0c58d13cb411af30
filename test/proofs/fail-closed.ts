import { judgingFaults } from './fail-closed-judging.ts';
import { routesAlone } from './fail-closed-routes.ts';
import type { Proof } from './proof.ts';

/** Nothing that breaks lets anything through, and nobody alone makes more get through. */
export const proof: Proof = {
  name: 'fail-closed',
  shows:
    'every fault in judging is a refusal; no route and no kind of change, tried by each role alone, weakens enforcement',
  async run({ size, seed, log }) {
    const judging = await judgingFaults({ size, seed, log });
    const routes = await routesAlone({ size, log });
    return {
      pass: judging.pass && routes.pass,
      figures: { ...judging.figures, ...routes.figures },
    };
  },
};
