/**
 * Intent + state -> Verdict. The capability map, Cedar policies, the fence; the only maker of Permits.
 *
 * Owns: the law in force and the permits that are out. Pure but for reading policy files at start. Called by `fabric`, and by
 * `cli` to check policies and to judge again what is on record.
 * INVARIANT (no-action-without-permit), INVARIANT (same-inputs-same-verdict), INVARIANT (default-deny).
 */
export { bundleKey, checkBatch, type Batch } from './approval/batch.ts';
export { checkDelegation, Delegation, delegatorsOf, type Lent, type NamesOf } from './approval/delegation.ts';
export { eligible, type AnswerContext, type Delegator, type Eligibility } from './approval/eligible.ts';
export {
  bindAgain,
  bindEdit,
  openApproval,
  shownOf,
  stillHolds,
  type ActNow,
  type Asking,
  type Opening,
} from './approval/open.ts';
export {
  act,
  dueAt,
  type Answering,
  type ApprovalAction,
  type ApprovalFact,
  type Happening,
  type Moved,
  type NotMoved,
} from './approval/protocol.ts';
export type { AskingPolicy, Rule, Rules } from './approval/rules.ts';
export {
  AFTER_INCIDENT,
  EARNED_MS,
  effectiveAutonomy,
  isLower,
  levelAbove,
  PROMOTION_NEEDS,
  weighPromotion,
  whyLost,
  type AutonomyAsked,
  type Ceiling,
  type Effective,
  type Promotion,
  type PromotionRefusal,
} from './autonomy.ts';
export {
  accountsOf,
  BudgetTerms,
  checkedCosts,
  periodOf,
  tightens,
  type AtLimit,
  type Budget,
  type BudgetPer,
  type BudgetWindow,
  type CountedAct,
  type Draw,
} from './budget.ts';
export { checkPolicies, checkSources, formatFolder, type PolicyReport } from './check.ts';
export { EVIDENCE_KINDS, evidenceOf, type Bindings, type Evidence } from './evidence.ts';
export { checkInvariants, readInvariants, type InvariantReport, type Violation } from './invariants.ts';
export { loadLaw, noLaw, parseLaw, type Law, type LawSlot, type Policy } from './law.ts';
export { readPolicySet, type PolicySources } from './policy-set.ts';
export { createPermits, type Permits, type Permitted } from './permits.ts';
export type { AgentStanding, Question, StopScope } from './question.ts';
export { createJudge, type Judge, type PlainCase } from './remembered-judge.ts';
export { reopenUnder, type CannotJudge, type Reopened } from './reopen.ts';
export {
  grantFor,
  liftDigest,
  whyNotGranter,
  whyNotTogether,
  type Granted,
  type Granter,
  type StandingGrant,
} from './standing-grant.ts';
export { tenantDifference, tightenedBy } from './tenant-law.ts';
export { upperBound } from './upper-bound.ts';
export { flipOf, type Flip } from './flip.ts';
export {
  effectiveLaw,
  linesOf,
  type CapabilityLaw,
  type EffectiveLaw,
  type EffectiveLawAsked,
} from './effective-law.ts';
