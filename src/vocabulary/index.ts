/**
 * The shared words (docs/words.md explains them). Types, ids, canonical digests, labels, money, the clock, and the few errors.
 *
 * Owns: nothing that changes, but for the failpoints that a test armed. No I/O, no dependency on any other folder. Everyone
 * may import it.
 */
export {
  AUTONOMY_LEVELS,
  type Agent,
  type AutonomyLevel,
  type Perception,
  type Recall,
  type RecallSources,
  type Situation,
} from './agent.ts';
export {
  APPROVAL_STATES,
  BOUND_FIELDS,
  boundDifferences,
  boundDigest,
  rendered,
  SEPARATIONS,
  type Approval,
  type ApprovalState,
  type Bound,
  type BoundField,
  type Remark,
  type Requirement,
  type Separation,
  type Stage,
  type Vote,
} from './approval.ts';
export { canonical, digest, digestText, type Digest, type Json } from './canonical.ts';
export { systemClock, type Clock } from './clock.ts';
export type { Decided, DecisionTemplate, DecisionTest } from './decision.ts';
export type { Document, DocumentKind } from './document.ts';
export { EFFECT_CLASSES, EFFECT_STATES, EFFECT_TRANSITIONS, type EffectClass, type EffectState } from './effect.ts';
export { ENTRY_KINDS, type Entry, type EntryDraft, type EntryKind } from './entry.ts';
export type { Event } from './event.ts';
export {
  armFailpoint,
  disarmFailpoints,
  failpoint,
  FAILPOINTS,
  type Failpoint,
  type FailpointAction,
} from './failpoint.ts';
export { GiveUp, isFault, messageOf, Misuse, RetryLater, type FaultCode } from './fault.ts';
export type { Fleet, RawEvent, Rehearsed, Scorer, ScoreRow } from './fleet.ts';
export {
  derivedId,
  ID_PREFIX,
  isId,
  newId,
  type AgentId,
  type ApprovalId,
  type BatchId,
  type EventId,
  type Id,
  type IdKind,
  type MotionId,
  type PermitId,
  type PersonId,
  type RunId,
  type TenantId,
  type ToolId,
} from './ids.ts';
export type { Evidence, Intent } from './intent.ts';
export {
  CONFIDENTIALITIES,
  confidentialityRank,
  INTEGRITIES,
  joinLabels,
  NO_LABEL,
  type Confidentiality,
  type Integrity,
  type Label,
} from './label.ts';
export { eur, money, showMoney, type Money } from './money.ts';
export type { FailureCode, Outcome } from './outcome.ts';
export type { Permit } from './permit.ts';
export {
  approverNames,
  may,
  RIGHTS,
  RIGHTS_OF,
  ROLES,
  tenantsOf,
  type Principal,
  type Right,
  type Role,
  type RoleGrant,
} from './principal.ts';
export { RUN_ENDED, RUN_STATES, type Run, type RunState } from './run.ts';
export type { Capability, Proposal, Risk, Tool, ToolCall } from './tool.ts';
export { alongTrail, NO_TRAIL, type Trail } from './trail.ts';
export type { RefusalCode, Verdict } from './verdict.ts';
