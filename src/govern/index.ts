/**
 * Intent + state -> Verdict. The capability map, Cedar policies, the fence; the only maker of Permits.
 *
 * Owns: the law in force and the permits that are out. Pure but for reading policy files at start. Called by `fabric`, and by
 * `cli` to check policies and to judge again what is on record.
 * INVARIANT (no-action-without-permit), INVARIANT (same-inputs-same-verdict), INVARIANT (default-deny).
 */
export { bundleKey, checkBatch, type Batch } from './approval/batch.ts';
export {
  checkDelegation,
  Delegation,
  delegatorsOf,
  MOST_DAYS as MOST_DELEGATION_DAYS,
  type Lent,
  type NamesOf,
} from './approval/delegation.ts';
export { eligible, type AnswerContext, type Delegator, type Eligibility } from './approval/eligible.ts';
export {
  bindAgain,
  bindEdit,
  openApproval,
  requirementsOf,
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
export { digestOfRules, NO_RULES, parseRules, ruleOf, Rules, type AskingPolicy, type Rule } from './approval/rules.ts';
export { checkPolicies, type PolicyReport } from './check.ts';
export { loadLaw, type Law, type LawSlot, type Policy } from './law.ts';
export { createPermits, type Permits, type Permitted } from './permits.ts';
export type { AgentStanding, Question, StopScope } from './question.ts';
export { createJudge, type Judge, type PlainCase } from './remembered-judge.ts';
export { reopenUnder, type CannotJudge, type Reopened } from './reopen.ts';
