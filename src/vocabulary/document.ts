/**
 * What people have laid down: changes that wait for a second person, delegations, budgets, versions of policies and so on. Each
 * is a document with a revision; it changes only from the revision that was read, in the transaction that puts the change on the
 * ledger, so that two who change one at once cannot both succeed (docs/decisions/0010).
 */
export const DOCUMENT_KINDS = [
  /** Autonomy that an agent version has earned for a tool. */
  'autonomy',
  /** A cap on money, tokens, calls or effects. */
  'budget',
  /** Who answers for whom, and until when. */
  'delegation',
  /** What went wrong, and how bad. */
  'incident',
  /** Whether one person runs this installation alone. */
  'mode',
  /** A change that waits for a second person. */
  'motion',
  /** Somebody with roles. */
  'person',
  /** A version of the whole set of policies. */
  'policy-set',
  /** A look back at something that was done without asking. */
  'review',
  /** A request that can never execute, to see whether approvers look. */
  'seeded-check',
  /** Answers given in advance to equal requests; also what breaking the glass opens. */
  'standing-grant',
  /** What a tenant forbids beyond the base set. */
  'tenant-policies',
  /** What a person's programs come in with. */
  'token',
  /** Where to tell about what happens. */
  'webhook',
] as const;
export type DocumentKind = (typeof DOCUMENT_KINDS)[number];

/** A document as it stands. `D` is its content. */
export interface Document<D = unknown> {
  readonly kind: DocumentKind;
  readonly id: string;
  /** From 1. */
  readonly rev: number;
  /** `platform` when it concerns the whole installation. */
  readonly tenant: string;
  readonly state: string;
  /** When something has to be done about it, in milliseconds since the epoch. */
  readonly dueAt: number | null;
  readonly content: D;
}
