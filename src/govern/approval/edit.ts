import { boundDifferences, boundDigest, type Approval, type BoundField } from '../../vocabulary/index.ts';
import type { Answering, Moved, NotMoved } from './action.ts';
import { seatFor, type AnswerContext, type Seat } from './eligible.ts';
import { LONGEST_TEXT, refused, tooLong } from './move.ts';
import { ruleDigest, shownOf } from './open.ts';
import { afterVote, answered, looked, voteOf } from './vote.ts';

/** Another question takes its place: what was answered before is void, and the editor approves it where they may. */
export function edit(
  approval: Approval,
  action: Extract<Answering, { kind: 'edit' }>,
  context: AnswerContext,
): Moved | NotMoved {
  if (action.reason.length > LONGEST_TEXT) return tooLong();
  const seat = seatFor(approval, context, action);
  if (typeof seat === 'string') return refused('forbidden', seat);
  const early = looked(seat, context);
  if (early !== null) return early;
  if (action.verdict === 'refused') return refused('forbidden', 'the law refuses the act as it was edited');
  const fault = faultOfEdit(approval, action);
  if (fault !== null) return refused('bad-request', fault);

  const { newBound, requirements, askedAt } = action;
  const edited: Approval = {
    ...approval,
    bound: newBound,
    original: { bound: approval.original?.bound ?? approval.bound, editedBy: context.principal.person },
    requirements,
    askedAt,
    escalated: 0,
    widened: [],
  };
  const again = seatFor(edited, context, action);
  const counts: Seat = typeof again === 'string' ? { ...seat, as: [], counts: [], alone: false } : again;
  const vote = voteOf(edited, 'approve', action.reason, counts, context);
  const fact = { ...answered('edit', vote), bound: boundDigest(approval.bound), edited: newBound };
  // Somebody whose answer counts nowhere in the new question has edited, and not approved.
  const votes = counts.counts.length > 0 || requirements.length === 0 ? [...approval.votes, vote] : approval.votes;
  return afterVote({ ...edited, votes }, [fact], context);
}

/** What an edit may not change: who does it, where, with which tool; and nothing may make the question last longer. */
const KEPT_BY_EDIT = [
  'tenant',
  'run',
  'step',
  'agent',
  'agentVersion',
  'principal',
  'tool',
  'toolDigest',
] as const satisfies readonly BoundField[];

function faultOfEdit(
  { bound }: Approval,
  { newBound, requirements, verdict }: Extract<Answering, { kind: 'edit' }>,
): string | null {
  const changed = boundDifferences(bound, newBound);
  const kept = KEPT_BY_EDIT.find((field) => changed.includes(field));
  if (kept !== undefined) return `an edit cannot change \`${kept}\``;
  if (!changed.includes('argumentsText')) return 'nothing was edited: the arguments are the same';
  if (!changed.includes('nonce')) return 'an edit puts another question: its nonce must be new';
  if (newBound.expiresAt > bound.expiresAt) return 'an edit cannot make a question last longer';
  if (newBound.rule !== ruleDigest(requirements)) return 'the edited question is not bound to its requirements';
  if (newBound.rendered !== shownOf(newBound, requirements).digest)
    return 'the edited question is not bound to what is shown';
  if ((verdict === 'permitted') !== (requirements.length === 0))
    return 'the requirements do not follow from the verdict';
  return null;
}
