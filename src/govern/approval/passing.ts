import { boundDigest, type Approval } from '../../vocabulary/index.ts';
import type { ApprovalFact, Happening, Moved, NotMoved } from './action.ts';
import { showDuration } from './duration.ts';
import { alreadyAnswered, isOpen, moved, refused, settle } from './move.ts';
import { stillHolds } from './open.ts';
import { isComplete, openStage, standingVotes, waitingFor } from './stages.ts';

/** INVARIANT (what-you-see-is-what-executes): used once, as it was answered, in time. */
export function consume(
  approval: Approval,
  { boundNow, now, single, gone = [] }: Extract<Happening, { kind: 'consume' }>,
): Moved | NotMoved {
  if (approval.state !== 'approved') {
    return approval.state === 'pending'
      ? refused('forbidden', 'people have not approved it')
      : alreadyAnswered(approval);
  }
  const holds = stillHolds(approval, boundNow, now);
  if (!holds.ok) return refused('changed-meanwhile', holds.why, 'ask again: it is another question now');
  if (approval.notBefore !== null && now < approval.notBefore) {
    return refused('too-soon', `approved by the only operator: usable in ${showDuration(approval.notBefore - now)}`);
  }
  if (approval.notBefore !== null && single === false) {
    return refused('needs-second-person', 'one person approved it alone, and others are there now', 'ask again');
  }
  // Looked at once more: whoever wrote `approved` into a row has not cast a vote.
  const alone = approval.notBefore !== null;
  if (!isComplete(approval, alone)) return refused('forbidden', 'its votes do not make it approved');
  const left = approval.votes.filter(
    ({ person, onBehalfOf }) => !gone.includes(person) && !gone.includes(onBehalfOf ?? person),
  );
  if (!isComplete({ ...approval, votes: left }, alone)) {
    return refused('changed-meanwhile', 'somebody who approved it may approve it no more', 'ask again');
  }
  return moved({ ...approval, state: 'consumed', why: 'used' }, [
    { kind: 'approval.consumed', bound: boundDigest(approval.bound) },
  ]);
}

/** Adds to the names that may answer the open stage; never takes from how many have to. */
export function escalate(approval: Approval, now: number): Moved | NotMoved {
  if (approval.state !== 'pending') return alreadyAnswered(approval);
  if (now >= approval.bound.expiresAt) return refused('too-soon', 'its time is over: it expires, and is not escalated');
  const due = escalationsOf(approval)
    .slice(approval.escalated)
    .filter(({ at }) => at <= now);
  if (due.length === 0) return refused('too-soon', 'no escalation is due');
  const votes = standingVotes(approval, false);
  const said = due.map(({ requirement, to, at }): Extract<ApprovalFact, { kind: 'approval.escalated' }> => {
    // Through already, and yet somebody may withdraw: then the last stage is the one that opens again.
    const stage = openStage(requirement, votes, false) ?? requirement.stages.length - 1;
    return { kind: 'approval.escalated', policy: requirement.policy, stage, to, at };
  });
  const next: Approval = {
    ...approval,
    escalated: approval.escalated + due.length,
    widened: [...approval.widened, ...said.map(({ policy, stage, to }) => ({ policy, stage, to }))],
  };
  return moved({ ...next, why: waitingFor(next, false) }, said);
}

/** INVARIANT (silence-never-approves). */
export function expire(approval: Approval, now: number): Moved | NotMoved {
  if (!isOpen(approval)) return alreadyAnswered(approval);
  if (now < approval.bound.expiresAt) return refused('too-soon', 'its time is not over');
  const why =
    approval.state === 'approved'
      ? 'approved, and not used in time'
      : `nobody answered in time, or too few did: ${approval.why}`;
  return settle(approval, 'expired', why, {});
}

/** Of all requirements, in order of time. */
export function escalationsOf({ requirements }: Approval) {
  return requirements
    .flatMap((requirement) => requirement.escalations.map((escalation) => ({ ...escalation, requirement })))
    .sort((a, b) => a.at - b.at);
}
