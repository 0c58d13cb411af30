import { boundDigest, type Approval, type Requirement, type Vote } from '../../vocabulary/index.ts';

/**
 * The votes that count: cast on the question exactly as it stands. What somebody answered alone, where the rule wants others, counts
 * only while one person runs the installation.
 */
export function standingVotes(approval: Approval, single: boolean): readonly Vote[] {
  if (approval.votes.length === 0) return [];
  const bound = boundDigest(approval.bound);
  return approval.votes.filter((vote) => vote.bound === bound && (single || !vote.alone));
}

/** How many different people have approved a stage. */
export function approvalsOf(votes: readonly Vote[], policy: string, stage: number): number {
  const people = votes
    .filter(
      ({ kind, counts }) => kind === 'approve' && counts.some((one) => one.policy === policy && one.stage === stage),
    )
    .map(({ person }) => person);
  return new Set(people).size;
}

/** How many a stage needs: with one operator only, there can be no more than one. */
export function neededFor(requirement: Requirement, stage: number, single: boolean): number {
  const need = requirement.stages[stage]?.need ?? 0;
  return single ? Math.min(need, 1) : need;
}

/** The stage that people may answer now; null when all of them are through. */
export function openStage(requirement: Requirement, votes: readonly Vote[], single: boolean): number | null {
  const open = requirement.stages.findIndex(
    (_, stage) => approvalsOf(votes, requirement.policy, stage) < neededFor(requirement, stage, single),
  );
  return open === -1 ? null : open;
}

/** Whether everybody has answered who has to. */
export function isComplete(approval: Approval, single: boolean): boolean {
  const votes = standingVotes(approval, single);
  return approval.requirements.every((requirement) => openStage(requirement, votes, single) === null);
}

/** The approver names that may answer a stage: those of the rule, and those that an escalation added. */
export function namesFor({ widened }: Approval, requirement: Requirement, stage: number): readonly string[] {
  const added = widened.filter((one) => one.policy === requirement.policy && one.stage === stage).map(({ to }) => to);
  return [...(requirement.stages[stage]?.of ?? []), ...added];
}

/** For people: whom a pending approval waits for. */
export function waitingFor(approval: Approval, single: boolean): string {
  const votes = standingVotes(approval, single);
  const waits = approval.requirements.flatMap((requirement) => {
    const stage = openStage(requirement, votes, single);
    if (stage === null) return [];
    const more = neededFor(requirement, stage, single) - approvalsOf(votes, requirement.policy, stage);
    return [`${more} of ${namesFor(approval, requirement, stage).join(' or ')}`];
  });
  return `waits for ${[...new Set(waits)].join(', and ')}`;
}
