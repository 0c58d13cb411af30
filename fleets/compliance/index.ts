/**
 * Compliance: regulation and control baselines change, and those who answer for what they ask must know in time. Twenty agents
 * watch five regulations and three baselines version by version, find what changes, take each change set to the owner of the
 * requirement with the day it takes effect, and have the internal documents concerned reviewed.
 *
 *   regulation.section-published -> regulation-watcher -> regulation.changed -> change-router  -> task, notice, retirement
 *   control.published            -> control-watcher    -> control.changed    -> control-router -> task, retirement
 *                                              both routers -> procedure.review-asked -> procedure-owner -> ticket
 *
 * Owns: nothing at run time. Whoever composes the platform loads it. The data and where it is from: `data/README.md`.
 */
import { fleet } from '../../src/sdk/index.ts';
import { changeRouters } from './agents/change-router.ts';
import { controlRouters } from './agents/control-router.ts';
import { controlWatchers } from './agents/control-watcher.ts';
import { procedureOwners } from './agents/procedure-owner.ts';
import { regulationWatchers } from './agents/regulation-watcher.ts';
import { scorer } from './score.ts';
import { work } from './work.ts';

export const compliance = fleet('compliance', {
  tenant: 'compliance',
  agents: [...regulationWatchers, ...changeRouters, ...controlWatchers, ...controlRouters, ...procedureOwners],
  work,
  score: scorer,
});
