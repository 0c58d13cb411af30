import { boundDigest, type Approval, type Remark } from '../../vocabulary/index.ts';
import type { Answering, ApprovalFact, Moved, NotMoved } from './action.ts';
import { seatFor, type AnswerContext } from './eligible.ts';
import { LONGEST_TEXT, moved, refused, tooLong } from './move.ts';
import { answered, ownVotes } from './vote.ts';

const MOST_REMARKS = 200;

export function ask(
  approval: Approval,
  action: Extract<Answering, { kind: 'ask' }>,
  context: AnswerContext,
): Moved | NotMoved {
  const seat = seatFor(approval, context, {});
  if (typeof seat === 'string' && ownVotes(approval, context).length === 0) return refused('forbidden', seat);
  return remark(approval, { to: action.to, text: action.text }, 'ask', context);
}

export function reply(
  approval: Approval,
  { text }: Extract<Answering, { kind: 'reply' }>,
  context: AnswerContext,
): Moved | NotMoved {
  const { person, teams } = context.principal;
  const concerned =
    person === approval.bound.principal ||
    teams.includes(approval.owner) ||
    ownVotes(approval, context).length > 0 ||
    typeof seatFor(approval, context, {}) !== 'string';
  if (!concerned) return refused('forbidden', 'only who asked, the agent’s owners and the approvers speak here');
  return remark(approval, { to: 'approvers', text }, 'reply', context);
}

function remark(
  approval: Approval,
  { to, text }: Pick<Remark, 'to' | 'text'>,
  kind: 'ask' | 'reply',
  context: AnswerContext,
): Moved | NotMoved {
  if (text.trim() === '') return refused('bad-request', 'there is nothing in it');
  if (text.length > LONGEST_TEXT) return tooLong();
  if (approval.remarks.length >= MOST_REMARKS) return refused('bad-request', `no more than ${MOST_REMARKS} remarks`);
  const { person } = context.principal;
  const remarks = [...approval.remarks, { person, to, text, at: context.now }];
  const fact: ApprovalFact = {
    ...answered(kind, { person, onBehalfOf: null, as: [], counts: [], reason: text, alone: false }),
    dwellSeconds: context.dwellSeconds,
    bound: boundDigest(approval.bound),
  };
  return moved({ ...approval, remarks }, [fact]);
}
