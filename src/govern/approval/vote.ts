import { boundDigest, type Approval, type Digest, type Vote } from '../../vocabulary/index.ts';
import type { Answering, ApprovalFact, Moved, NotMoved } from './action.ts';
import { showDuration } from './duration.ts';
import type { AnswerContext, Seat } from './eligible.ts';
import { moved, refused, settle } from './move.ts';
import { isComplete, standingVotes, waitingFor } from './stages.ts';

export function afterVote(approval: Approval, said: readonly ApprovalFact[], context: AnswerContext): Moved | NotMoved {
  if (!isComplete(approval, context.single)) {
    return moved({ ...approval, why: waitingFor(approval, context.single) }, said);
  }
  const by = `approved by ${context.principal.name}`;
  if (isComplete(approval, false)) return settle(approval, 'approved', by, { said });
  const notBefore = context.now + context.singleDelayMs;
  if (notBefore >= approval.bound.expiresAt) {
    return refused('needs-second-person', 'what you approve alone would be usable only after it expires');
  }
  const why = `SINGLE OPERATOR: ${by} alone, where the rule wants others; usable after a delay of ${showDuration(context.singleDelayMs)}`;
  return settle({ ...approval, notBefore }, 'approved', why, { said, singleOperator: true });
}

export function voteOf(
  { bound }: Approval,
  kind: Vote['kind'],
  reason: string,
  { onBehalfOf, as, counts, alone }: Seat,
  { principal, now, dwellSeconds }: AnswerContext,
): Vote {
  const { person } = principal;
  return { person, onBehalfOf, as, counts, alone, kind, reason, at: now, dwellSeconds, bound: boundDigest(bound) };
}

/** The votes that are somebody's to take back: those that they cast, and those that a delegate cast for them. */
export function ownVotes(approval: Approval, { principal, single }: AnswerContext): readonly Vote[] {
  return standingVotes(approval, single).filter(
    ({ person, onBehalfOf }) => person === principal.person || onBehalfOf === principal.person,
  );
}

/** Null when they have had it before them long enough to say yes. No is never too early. */
export function looked({ dwellSeconds }: Seat, context: AnswerContext): NotMoved | null {
  const seen = context.dwellSeconds ?? 0;
  if (seen >= dwellSeconds) return null;
  const so =
    context.dwellSeconds === null ? 'it has not been shown to you yet' : `you have had it before you for ${seen} s`;
  return refused(
    'too-soon',
    `${so}, and the rule asks for ${dwellSeconds} s`,
    'look at what would be executed, then answer',
  );
}

export function answered(
  kind: Answering['kind'],
  vote: Pick<Vote, 'person' | 'onBehalfOf' | 'as' | 'counts' | 'reason' | 'alone'> & Partial<Vote>,
): Extract<ApprovalFact, { kind: 'approval.answered' }> {
  const { person, onBehalfOf, as, counts, reason, alone, dwellSeconds = null, bound } = vote;
  return {
    kind: 'approval.answered',
    answer: kind,
    person,
    onBehalfOf,
    as,
    counts,
    reason,
    dwellSeconds,
    bound: bound ?? ('' as Digest),
    edited: null,
    singleOperator: alone,
  };
}
