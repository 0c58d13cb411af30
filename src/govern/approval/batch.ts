import { digest, type Approval, type ApprovalId, type Digest } from '../../vocabulary/index.ts';

/** Most questions that are answered at once: more than anybody has looked at. */
const MOST_TOGETHER = 100;

/** Which of several approvals may be answered together, and why the others not. */
export interface Batch {
  readonly together: readonly Approval[];
  readonly apart: readonly { readonly id: ApprovalId; readonly why: string }[];
}

/**
 * Which may be answered together: those that are pending and whose every rule allows it. Each is still answered by itself, on its
 * own bound digest; that one of them changed meanwhile takes nothing from the others.
 */
export function checkBatch(approvals: readonly Approval[]): Batch {
  const together: Approval[] = [];
  const apart: { id: ApprovalId; why: string }[] = [];
  const seen = new Set<ApprovalId>();
  for (const approval of approvals) {
    const { id, state, requirements } = approval;
    if (seen.has(id)) continue;
    seen.add(id);
    const alone = requirements.find(({ batch }) => !batch);
    if (state !== 'pending') apart.push({ id, why: `it is ${state} already` });
    else if (alone !== undefined) apart.push({ id, why: `the rule \`${alone.rule}\` wants each answered by itself` });
    else if (together.length >= MOST_TOGETHER) apart.push({ id, why: `no more than ${MOST_TOGETHER} at once` });
    else together.push(approval);
  }
  return { together, apart };
}

/** The same for requests that are alike: same tenant, agent and tool, stopped by the same policies under the same rules. For showing only. */
export function bundleKey({ bound, requirements }: Approval): Digest {
  const { tenant, agent, tool } = bound;
  return digest({ tenant, agent, tool, asked: requirements.map(({ policy, rule }) => ({ policy, rule })) });
}
