import { agent, on } from '../../../src/sdk/index.ts';
import { orderProgress } from '../decisions/order-progress.ts';
import { Step } from '../events.ts';
import { earlierActivities } from '../recall.ts';
import { reportProgress } from '../tools.ts';
import { LINES, PLANT } from '../units.ts';

/** Reports where an order of its line stands, once for each activity. */
export const orderTrackers = LINES.map((line) =>
  agent(`order-tracker.${line}`, {
    ...PLANT,
    purpose: `Know where every order of ${line} stands`,
    owner: 'production-planning',
    perceive: on('step.started', Step, (step) => step.line === line),
    recall: { earlier: earlierActivities },
    reason: orderProgress,
    given: ({ event: { data }, facts: { earlier } }) => ({
      activity: data.activity,
      startedBefore: earlier.includes(data.activity),
    }),
    propose: ({ event: { data }, decided: { report, stage } }) =>
      report
        ? [reportProgress.with({ order: data.order, stage, activity: data.activity }, `${data.activity} has begun`)]
        : [],
    act: [reportProgress.granted],
    autonomy: { default: 'L3' },
  }),
);
