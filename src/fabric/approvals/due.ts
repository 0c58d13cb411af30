import { act } from '../../govern/index.ts';
import type { Approval, Clock } from '../../vocabulary/index.ts';
import type { ApprovalRecords } from './approval-rows.ts';
import { putMoved, type PutOptions } from './put.ts';

const MOST_AT_ONCE = 500;

/**
 * What time does to approvals: those whose time is over expire, those that nobody answered are escalated, and what an only
 * operator approved comes to the gate when its delay is over. Resolves when nothing is due any more.
 *
 * INVARIANT (silence-never-approves): nothing here makes an approval approved.
 */
export async function sweepApprovals(
  options: PutOptions & { readonly approvals: Pick<ApprovalRecords, 'due'>; readonly clock: Clock },
): Promise<void> {
  const seen = new Set<string>();
  for (;;) {
    const now = options.clock.now();
    const found = await options.approvals.due(now, MOST_AT_ONCE);
    // One that cannot be moved is looked at again at the next sweep, not for ever in this one.
    const due = found.filter(({ id, rev }) => !seen.has(`${id} ${rev}`));
    for (const { id, rev } of due) seen.add(`${id} ${rev}`);
    await Promise.all(due.map((approval) => pass(options, approval, now)));
    if (due.length < MOST_AT_ONCE) return;
  }
}

async function pass(options: PutOptions, approval: Approval, now: number): Promise<void> {
  const { state, bound } = approval;
  if (now >= bound.expiresAt) {
    const expired = act(approval, { kind: 'expire', now });
    if (expired.kind === 'moved') await putMoved(options, expired, now);
  } else if (state === 'pending') {
    const escalated = act(approval, { kind: 'escalate', now });
    if (escalated.kind === 'moved') await putMoved(options, escalated, now);
  } else if (state === 'approved') {
    // Nothing is said of it: it was approved before, and may be used from now on.
    await putMoved(options, { kind: 'moved', approval: { ...approval, rev: approval.rev + 1 }, said: [] }, now);
  }
}
