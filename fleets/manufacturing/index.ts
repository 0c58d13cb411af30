/**
 * Manufacturing: the quality of what a plant makes. Fifteen agents of seven roles watch control charts, follow work orders
 * through their steps, hold what is packed before it is inspected, feed rework back to design and dispose of faulty plates.
 *
 * Owns: its agents, tools, decision tables and `data/`, whose README says where each file comes from. Entered by whoever loads fleets.
 */
import { fleet } from '../../src/sdk/index.ts';
import { finalInspectionGuards } from './agents/final-inspection-guard.ts';
import { orderClosers } from './agents/order-closer.ts';
import { orderTrackers } from './agents/order-tracker.ts';
import { phaseReviewer } from './agents/phase-reviewer.ts';
import { plateInspectors } from './agents/plate-inspector.ts';
import { reworkFeedbacks } from './agents/rework-feedback.ts';
import { spcMonitors } from './agents/spc-monitor.ts';
import { score } from './score.ts';
import { PLANT } from './units.ts';
import { work } from './work/index.ts';

export const manufacturing = fleet('manufacturing', {
  tenant: PLANT.tenant,
  agents: [
    ...spcMonitors,
    phaseReviewer,
    ...orderTrackers,
    ...finalInspectionGuards,
    ...orderClosers,
    ...reworkFeedbacks,
    ...plateInspectors,
  ],
  work,
  score,
});
