import type {
  Approval,
  ApprovalState,
  Bound,
  BoundField,
  Digest,
  FaultCode,
  PersonId,
  Requirement,
  Verdict,
  Vote,
} from '../../vocabulary/index.ts';

/** What a person does. */
export type Answering =
  | {
      readonly kind: 'approve';
      readonly reason: string;
      /** Null: in their own right. Left out: in their own right if they have one, else for the first who delegated to them. */
      readonly onBehalfOf?: PersonId | null;
      /** Only for these, where people must be different for each. */
      readonly policies?: readonly string[];
    }
  | { readonly kind: 'decline'; readonly reason: string; readonly onBehalfOf?: PersonId | null }
  | {
      readonly kind: 'edit';
      /** As `bindEdit` makes it, of the act as it was edited and judged again. */
      readonly newBound: Bound;
      readonly requirements: readonly Requirement[];
      /** From when their times are counted; the moment of the answer comes after it. */
      readonly askedAt: number;
      /** What the law says of the edited act. */
      readonly verdict: Verdict['kind'];
      readonly reason: string;
      readonly onBehalfOf?: PersonId | null;
    }
  | { readonly kind: 'ask'; readonly to: 'requester' | 'agent-owner'; readonly text: string }
  | { readonly kind: 'reply'; readonly text: string }
  | { readonly kind: 'withdraw'; readonly reason?: string };

/** What happens to it without anybody's answer. */
export type Happening =
  | { readonly kind: 'void'; readonly fields: readonly BoundField[]; readonly why: string }
  | {
      readonly kind: 'consume';
      readonly boundNow: Bound;
      readonly now: number;
      /** Whether one person still runs the installation alone; what one approved alone is not used when others are there. */
      readonly single?: boolean;
      /** People among those who voted, or for whom somebody did, who bear no more what they voted under. */
      readonly gone?: readonly PersonId[];
    }
  | { readonly kind: 'escalate'; readonly now: number }
  | { readonly kind: 'expire'; readonly now: number };

export type ApprovalAction = Answering | Happening;

/** What goes on the ledger: kind of the entry, and the rest of its body. */
export type ApprovalFact =
  | {
      readonly kind: 'approval.answered';
      readonly answer: Answering['kind'];
      readonly person: PersonId;
      readonly onBehalfOf: PersonId | null;
      readonly as: readonly string[];
      readonly counts: Vote['counts'];
      readonly reason: string;
      readonly dwellSeconds: number | null;
      /** Digest of the question that it answers. */
      readonly bound: Digest;
      /** The question that takes its place, after an edit. */
      readonly edited: Bound | null;
      /** True: they answered alone where the rule wants somebody else. */
      readonly singleOperator: boolean;
    }
  | {
      readonly kind: 'approval.escalated';
      readonly policy: string;
      readonly stage: number;
      readonly to: string;
      readonly at: number;
    }
  | {
      readonly kind: 'approval.settled';
      readonly state: Exclude<ApprovalState, 'pending' | 'consumed'>;
      readonly why: string;
      readonly bound: Digest;
      /** What had changed, when that made it void. */
      readonly fields: readonly BoundField[];
      /** When it may be used, after an approval by the only operator. */
      readonly notBefore: number | null;
      readonly singleOperator: boolean;
    }
  | { readonly kind: 'approval.consumed'; readonly bound: Digest };

export type Moved = { readonly kind: 'moved'; readonly approval: Approval; readonly said: readonly ApprovalFact[] };

export type NotMoved = {
  readonly kind: 'refused';
  readonly code: FaultCode;
  readonly why: string;
  readonly fix?: string;
};
