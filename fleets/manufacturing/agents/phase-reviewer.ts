import { agent, on } from '../../../src/sdk/index.ts';
import { phaseReview } from '../decisions/phase-review.ts';
import { Phase } from '../events.ts';
import { limitsOf } from '../limits.ts';
import { phaseSamples } from '../recall.ts';
import { reviewSample, setLimits } from '../tools.ts';
import { PLANT } from '../units.ts';

/** When a phase is closed: puts its limits in force and has each of its samples judged by them. */
export const phaseReviewer = agent('phase-reviewer.laboratory', {
  ...PLANT,
  purpose: 'Find the control limits of a chart from its first phase',
  owner: 'quality-laboratory',
  perceive: on('phase.closed', Phase),
  recall: { samples: phaseSamples },
  reason: phaseReview,
  given: ({ event, facts: { samples } }) => ({ kind: event.data.kind, samples: samples.length }),
  propose: ({ event: { data }, facts: { samples }, decided }) => {
    const limits = limitsOf(data.kind, samples);
    if (decided.limits === 'wait' || limits === null) return [];
    const inForce = { ...limits, chart: data.subject, reason: decided.reason };
    const again = decided.review ? samples : [];
    return [
      setLimits.with(inForce, decided.reason),
      ...again.map((sample) => reviewSample.with({ ...sample, limits }, 'judged by the limits it helped to find')),
    ];
  },
  act: [setLimits.granted, reviewSample.granted],
  autonomy: { default: 'L3' },
});
