import type { Approval } from '../../vocabulary/index.ts';
import type { Answering, ApprovalAction, Happening, Moved, NotMoved } from './action.ts';
import { approve, decline, withdraw } from './answer.ts';
import { edit } from './edit.ts';
import type { AnswerContext } from './eligible.ts';
import { alreadyAnswered, isOpen, refused, settle } from './move.ts';
import { consume, escalate, escalationsOf, expire } from './passing.ts';
import { ask, reply } from './remark.ts';

export type { Answering, ApprovalAction, ApprovalFact, Happening, Moved, NotMoved } from './action.ts';

/**
 * What becomes of an approval when somebody answers, or when time passes. Pure: the same approval, action and context give the same.
 * Whatever is refused changes nothing.
 *
 * INVARIANT (silence-never-approves): only a vote makes an approval approved; the end of its time makes it expired.
 */
export function act(approval: Approval, action: Happening): Moved | NotMoved;
export function act(approval: Approval, action: ApprovalAction, context: AnswerContext): Moved | NotMoved;
export function act(approval: Approval, action: ApprovalAction, context?: AnswerContext): Moved | NotMoved {
  switch (action.kind) {
    case 'void':
      return isOpen(approval)
        ? settle(approval, 'void', action.why, { fields: action.fields })
        : alreadyAnswered(approval);
    case 'consume':
      return consume(approval, action);
    case 'escalate':
      return escalate(approval, action.now);
    case 'expire':
      return expire(approval, action.now);
    default: {
      if (context === undefined) return refused('forbidden', 'an answer is always some person’s');
      if (approval.state !== 'pending') return alreadyAnswered(approval);
      if (context.now >= approval.bound.expiresAt) {
        return refused('already-answered', 'its time is over: silence was the answer, and that refuses');
      }
      return answer(approval, action, context);
    }
  }
}

/** When something has to be done about it: the next escalation or the end; for what an only operator approved, when it may be used. */
export function dueAt(approval: Approval, now?: number): number | null {
  if (!isOpen(approval)) return null;
  const { expiresAt } = approval.bound;
  if (approval.state === 'approved') {
    const waits = approval.notBefore !== null && (now === undefined || now < approval.notBefore);
    return waits ? Math.min(approval.notBefore ?? expiresAt, expiresAt) : expiresAt;
  }
  return Math.min(escalationsOf(approval)[approval.escalated]?.at ?? expiresAt, expiresAt);
}

function answer(approval: Approval, action: Answering, context: AnswerContext): Moved | NotMoved {
  switch (action.kind) {
    case 'approve':
      return approve(approval, action, context);
    case 'decline':
      return decline(approval, action, context);
    case 'edit':
      return edit(approval, action, context);
    case 'ask':
      return ask(approval, action, context);
    case 'reply':
      return reply(approval, action, context);
    case 'withdraw':
      return withdraw(approval, action, context);
  }
}
