import { boundDigest, type Approval, type Vote } from '../../vocabulary/index.ts';
import type { Answering, Moved, NotMoved } from './action.ts';
import { seatFor, type AnswerContext, type Seat } from './eligible.ts';
import { LONGEST_TEXT, moved, refused, settle, tooLong } from './move.ts';
import { waitingFor } from './stages.ts';
import { afterVote, answered, looked, ownVotes, voteOf } from './vote.ts';

export function approve(
  approval: Approval,
  action: Extract<Answering, { kind: 'approve' }>,
  context: AnswerContext,
): Moved | NotMoved {
  if (action.reason.length > LONGEST_TEXT) return tooLong();
  const seat = seatFor(approval, context, action);
  if (typeof seat === 'string') return refused('forbidden', seat);
  const early = looked(seat, context);
  if (early !== null) return early;
  const vote = voteOf(approval, 'approve', action.reason, seat, context);
  return afterVote({ ...approval, votes: [...approval.votes, vote] }, [answered('approve', vote)], context);
}

/** One who may answer, and says no, has said no for all. */
export function decline(
  approval: Approval,
  action: Extract<Answering, { kind: 'decline' }>,
  context: AnswerContext,
): Moved | NotMoved {
  if (action.reason.trim() === '')
    return refused('bad-request', 'say why it is declined: the agent’s owner has to know');
  if (action.reason.length > LONGEST_TEXT) return tooLong();
  const own = ownVotes(approval, context);
  const found = seatFor(approval, context, action);
  if (typeof found === 'string' && own.length === 0) return refused('forbidden', found);
  const seat = typeof found === 'string' ? seatOf(own) : found;
  const vote = voteOf(approval, 'decline', action.reason, seat, context);
  const votes = [...approval.votes.filter((one) => !own.includes(one)), vote];
  const why = `declined by ${context.principal.name}: ${action.reason}`;
  return settle({ ...approval, votes }, 'declined', why, { said: [answered('decline', vote)] });
}

export function withdraw(
  approval: Approval,
  { reason = '' }: Extract<Answering, { kind: 'withdraw' }>,
  context: AnswerContext,
): Moved | NotMoved {
  if (reason.length > LONGEST_TEXT) return tooLong();
  const own = ownVotes(approval, context);
  if (own.length === 0) return refused('bad-request', 'you have no answer here that could be withdrawn');
  const left = { ...approval, votes: approval.votes.filter((vote) => !own.includes(vote)) };
  const { person } = context.principal;
  const bound = boundDigest(approval.bound);
  const fact = answered('withdraw', { ...seatOf(own), person, reason, bound, dwellSeconds: context.dwellSeconds });
  return moved({ ...left, why: waitingFor(left, context.single) }, [fact]);
}

/** Where somebody has answered already, in their own right or by a delegate. */
function seatOf(own: readonly Vote[]): Seat {
  return {
    onBehalfOf: null,
    as: [...new Set(own.flatMap(({ as }) => as))],
    counts: own.flatMap(({ counts }) => counts),
    alone: false,
    dwellSeconds: 0,
  };
}
