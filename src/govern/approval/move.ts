import { boundDigest, type Approval, type BoundField, type FaultCode } from '../../vocabulary/index.ts';
import type { ApprovalFact, Moved, NotMoved } from './action.ts';

/** Longest reason or remark, in characters, and most remarks that one question takes. */
export const LONGEST_TEXT = 4_000;

export function moved(approval: Approval, said: readonly ApprovalFact[]): Moved {
  return { kind: 'moved', approval: { ...approval, rev: approval.rev + 1 }, said };
}

export function settle(
  approval: Approval,
  state: 'approved' | 'declined' | 'expired' | 'void',
  why: string,
  more: {
    readonly said?: readonly ApprovalFact[];
    readonly fields?: readonly BoundField[];
    readonly singleOperator?: boolean;
  },
): Moved {
  const { said = [], fields = [], singleOperator = false } = more;
  const { notBefore } = approval;
  const bound = boundDigest(approval.bound);
  return moved({ ...approval, state, why }, [
    ...said,
    { kind: 'approval.settled', state, why, bound, fields, notBefore, singleOperator },
  ]);
}

export function refused(code: FaultCode, why: string, fix?: string): NotMoved {
  return { kind: 'refused', code, why, ...(fix !== undefined && { fix }) };
}

export function alreadyAnswered({ state, why }: Approval): NotMoved {
  return refused('already-answered', `it is ${state} already${why === '' ? '' : `: ${why}`}`);
}

export function tooLong(): NotMoved {
  return refused('bad-request', `no more than ${LONGEST_TEXT} characters`);
}

/** Something may still happen to it. */
export function isOpen({ state }: Approval): boolean {
  return state === 'pending' || state === 'approved';
}
