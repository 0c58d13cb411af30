/**
 * Conducts: the loop over all stages, and what keeps it going. The only folder that appends to the ledger and the only one that
 * knows Restate.
 *
 * Entered by `serve`, `rehearse`, `cli` and `platform.ts`.
 * INVARIANT (one-writer): only fabric appends to the ledger. INVARIANT (write-before-act): `World.pass` returns a permit only
 * when the intent is durable.
 */
export { admitRaw } from '../perceive/index.ts';
export { work } from './loop.ts';
export { subscribe, type Subscribers } from './subscriptions.ts';
export { createTemplates, type Templates } from './templates.ts';
export type { Act, Deliberation, EffectOnRecord, Passage, RunEnd, Task, World } from './world.ts';
export { startFabric, type Fabric, type FabricOptions, type FabricStatus } from './fabric.ts';
export type { Admitted } from './admission.ts';
