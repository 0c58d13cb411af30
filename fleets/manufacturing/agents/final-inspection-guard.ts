import { agent, on } from '../../../src/sdk/index.ts';
import { finalInspection } from '../decisions/final-inspection.ts';
import { Step } from '../events.ts';
import { earlierActivities } from '../recall.ts';
import { holdOrder, recordFinding } from '../tools.ts';
import { FINAL_INSPECTION, LINES, PACKING, PLANT } from '../units.ts';

/** Holds an order that is packed before anyone inspected it, and says so when the inspection comes after all. */
export const finalInspectionGuards = LINES.map((line) =>
  agent(`final-inspection-guard.${line}`, {
    ...PLANT,
    purpose: `Let no order of ${line} be packed without a final inspection`,
    owner: 'quality-engineering',
    perceive: on('step.started', Step, (step) => step.line === line && concernsPacking(step.activity)),
    recall: { earlier: earlierActivities },
    reason: finalInspection,
    given: ({ event, facts: { earlier } }) => ({
      activity: event.data.activity,
      inspectedBefore: earlier.some((activity) => FINAL_INSPECTION.includes(activity)),
      packedBefore: earlier.includes(PACKING),
    }),
    propose({ event, decided: { hold, finding } }) {
      const note = { order: event.data.order, finding };
      if (hold) return [holdOrder.with(note, 'packed before any final inspection')];
      return finding === 'none' ? [] : [recordFinding.with(note, 'inspected only after it was packed')];
    },
    act: [holdOrder.granted, recordFinding.granted],
    autonomy: { default: 'L3' },
  }),
);

function concernsPacking(activity: string): boolean {
  return activity === PACKING || FINAL_INSPECTION.includes(activity);
}
