/**
 * Observe: what can be said of the fleet from its record. The read model (runs, entries, events, approvals, a page at a time),
 * counts, and the three-way reconciliation of the tools' own journals with effects and ledger.
 *
 * Owns: nothing; it reads. `serve` and `cli` call it. It imports `vocabulary` and reads the ledger only.
 *
 * INVARIANT (every-intent-ends): `reconcile` finds no difference, and nothing unfinished, once the work is over.
 */
export {
  reconcile,
  type EffectRow,
  type Finding,
  type FindingKind,
  type JournalLine,
  type PermitEntry,
  type Reconciliation,
  type ReconcileInput,
} from './reconcile.ts';
export { countRecord, type Counts } from './counts.ts';
export { effectsOnRecord, permitEntries } from './record-rows.ts';
export type { ApprovalCursor, ApprovalFilter, ApprovalOnRecord, ApprovalReader } from './approvals.ts';
export type { AnswerFact } from './answer-fact.ts';
export { approverRecord } from './approver-record.ts';
export type { ApproverReader } from './approvers.ts';
export type { EntryFilter, EntryOnRecord } from './entries.ts';
export type { EventOnRecord } from './events.ts';
export { RECORD_TABLES } from './tables.ts';
export { createReadModel, readModelsOf, type ReadModel } from './read-model.ts';
export type { EffectRecord, RunCursor, RunFilter, RunRow } from './runs.ts';
