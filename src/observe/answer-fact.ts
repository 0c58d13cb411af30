import type { ApprovalId, PermitId, PersonId } from '../vocabulary/index.ts';

/** What is on record about people's answers, in the order of the log. Times are milliseconds since the epoch. */
export type AnswerFact =
  | {
      readonly kind: 'answered';
      readonly at: number;
      readonly person: PersonId;
      readonly approval: ApprovalId;
      readonly permit: PermitId;
      readonly answer: 'approve' | 'decline' | 'edit';
      /** Null: it had never been shown to them. */
      readonly dwellSeconds: number | null;
    }
  /** Somebody looked back at an act and found it wrong. */
  | { readonly kind: 'found-wrong'; readonly permit: PermitId }
  /** What went wrong, in the words of whoever reported it. */
  | { readonly kind: 'incident'; readonly what: string }
  /** A request that could never execute is decided. */
  | {
      readonly kind: 'checked';
      readonly approval: ApprovalId;
      readonly caught: readonly PersonId[];
      readonly missed: readonly PersonId[];
    };
