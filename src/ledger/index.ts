/**
 * The record: append-only entries, sealed into a Merkle log that an outsider can check.
 *
 * Owns the tables `reeve.entry` and `reeve.checkpoint`, the log's signing key, the witness file and the export format
 * (docs/ledger-file.md). `fabric` appends; everyone else reads. Imports only `vocabulary`.
 *
 * INVARIANT (one-writer): only `fabric` appends to the ledger.
 * INVARIANT (ledger-only-grows): no update, no delete; edit, deletion, insertion, reordering and truncation are found offline,
 * by `verify.ts` and again by `verify-offline.mjs`, which share no code. What needs the witness to be found is in the docs.
 * INVARIANT (nothing-false-is-signed): the sealer signs only what follows from the texts (`seal.ts`).
 * INVARIANT (witness-never-forgets): the witness refuses a head that contradicts an earlier one (`witness.ts`).
 */
// The append: writer.ts and change.ts.
export type {
  ApprovalMoveRow,
  ApprovalRow,
  Change,
  DocumentRow,
  EffectMoveRow,
  FenceRow,
  OutcomeRow,
  ReservationRow,
} from './change.ts';
export { Conflict, LawMoved, openWriter, type LedgerWriter, type WriterStats } from './writer.ts';

// Sealing.
export { type Checkpoint } from './checkpoint.ts';
export { pgEntrySource, type EntrySource, type StoredCheckpoint, type StoredEntry } from './entry-source.ts';
export { openLogKey, openPolicyKey, type LogKeyOptions } from './keys.ts';
export { memorySource, type MemorySource } from './memory-source.ts';
export { startSealer, type Sealer, type SealerOptions } from './seal.ts';
export { newSigner, openNote, readVerifierKey, type NoteSigner, type NoteVerifier } from './signed-note.ts';
export { openFileWitness, type Witness } from './witness.ts';

// Showing it to others.
export { exportLedger, exportToFile, type ExportOptions } from './export.ts';
export { checkReceipt, type Receipt } from './receipt.ts';
export { verifyFile, verifyLedger, type FirstBad, type Verification, type VerifyOptions } from './verify.ts';
