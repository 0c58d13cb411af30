import { agent, on } from '../../../src/sdk/index.ts';
import { reworkFeedback } from '../decisions/rework-feedback.ts';
import { Step } from '../events.ts';
import { earlierActivities } from '../recall.ts';
import { proposeChange } from '../tools.ts';
import { PLANT, REWORK, REWORK_AREAS } from '../units.ts';

/** Tells design about each order that had to be reworked, once, wherever the first rework was done. */
export const reworkFeedbacks = Object.entries(REWORK_AREAS).map(([area, activities]) =>
  agent(`rework-feedback.${area}`, {
    ...PLANT,
    purpose: `Feed rework in ${area} back to design`,
    owner: 'design-engineering',
    perceive: on('step.started', Step, ({ activity }) => activities.some((rework) => rework === activity)),
    recall: { earlier: earlierActivities },
    reason: reworkFeedback,
    given: ({ event, facts: { earlier } }) => ({
      activity: event.data.activity,
      fedBackBefore: earlier.some((activity) => REWORK.includes(activity)),
    }),
    propose: ({ event: { data }, decided: { feedBack, concern } }) =>
      feedBack
        ? [proposeChange.with({ order: data.order, activity: data.activity, concern }, `${data.order} was reworked`)]
        : [],
    act: [proposeChange.granted],
    autonomy: { default: 'L3' },
  }),
);
