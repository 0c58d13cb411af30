/**
 * Intent + state -> Verdict. The capability map, Cedar policies, the fence; the only maker of Permits.
 *
 * Owns: the law in force and the permits that are out. Pure but for reading policy files at start. Called by `fabric`, and by
 * `cli` to check policies and to judge again what is on record.
 * INVARIANT (no-action-without-permit), INVARIANT (same-inputs-same-verdict), INVARIANT (default-deny).
 */
export { dueAt } from './approval/due.ts';
export {
  bindAgain,
  bindEdit,
  openApproval,
  requirementsOf,
  stillHolds,
  type ActNow,
  type Asking,
} from './approval/open.ts';
export { checkPolicies, type PolicyReport } from './check.ts';
export { loadLaw, type Law, type LawSlot, type Policy } from './law.ts';
export { createPermits, type Permits, type Permitted } from './permits.ts';
export type { AgentStanding, Question, StopScope } from './question.ts';
export { createJudge, type Judge, type PlainCase } from './remembered-judge.ts';
export { reopenUnder, type CannotJudge, type Reopened } from './reopen.ts';
