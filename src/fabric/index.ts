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
export type { AccountStanding, Budgets, BudgetStanding, BudgetWish } from './budgets/budgets.ts';
export { showTerms } from './budgets/in-words.ts';
export type { BatchResult, PersonsAnswer, Seen } from './approvals/desk.ts';
export type { Approvals } from './approvals/start.ts';
export { WEBHOOK_KINDS } from './webhooks/message.ts';
export type { Webhooks } from './webhooks/webhooks.ts';
export type { Autonomy, AutonomyShown } from './autonomy/autonomy.ts';
export type { Incident, Incidents, IncidentWish } from './autonomy/incidents.ts';
export type { Review, Reviews } from './autonomy/reviews.ts';
export { createDocuments, type DocumentFilter, type Documents } from './documents.ts';
export type { BreakGlassGrant } from './grants/grant-terms.ts';
export type { GrantsOfFabric } from './grants/start.ts';
export type { Motion, Motions, MotionState } from './motions.ts';
export type { People, TokenWish } from './people/people.ts';
export type { Fence } from './standing.ts';
export type { DrillMeasured } from './stop/drill.ts';
export type { Fences } from './stop/fences.ts';
export { leaveStop, type NoteFolder, type StopNote } from './stop/stop-notes.ts';
export type { Stopped } from './stop/stops.ts';
export type { FlipGroup, FlipReport } from './policies/beside.ts';
export type { Policies, PoliciesStatus, PolicySetVersion } from './policies/policies.ts';
export { POLICY_SET_STATES, type BackTest, type PolicySetState } from './policies/policy-set.ts';
export { policiesWereSigned } from './policies/take-up.ts';
export type { AgentLaw } from './policies/agent-law.ts';
