import type { Event } from '../../../src/sdk/index.ts';
import { ClaimStep } from './events.ts';

/** What the earlier steps of a case amount to. Steps on the travel permit do not count. */
interface CaseSoFar {
  readonly submissions: number;
  /** By anyone, the employee taking it back included. */
  readonly rejections: number;
  /** By somebody other than the employee. */
  readonly refusals: number;
  /** Since the last submission. */
  readonly finallyApproved: boolean;
  /** By the administration, since the last submission. */
  readonly administrationApproved: boolean;
  readonly requests: number;
  readonly payments: number;
}

const NEW: CaseSoFar = {
  submissions: 0,
  rejections: 0,
  refusals: 0,
  finallyApproved: false,
  administrationApproved: false,
  requests: 0,
  payments: 0,
};

/** Adds up the earlier events of a case, oldest first. What agents published about it is passed over. */
export function caseSoFar(earlier: readonly Event[]): CaseSoFar {
  let so = NEW;
  for (const { data } of earlier) {
    const parsed = ClaimStep.safeParse(data);
    if (parsed.success && parsed.data.document !== 'permit') so = after(so, parsed.data);
  }
  return so;
}

function after(so: CaseSoFar, { step, role }: ClaimStep): CaseSoFar {
  switch (step) {
    case 'submitted':
      return { ...so, submissions: so.submissions + 1, finallyApproved: false, administrationApproved: false };
    case 'approved':
      return { ...so, administrationApproved: so.administrationApproved || role === 'ADMINISTRATION' };
    case 'final-approved':
      return { ...so, finallyApproved: true };
    case 'rejected':
      return { ...so, rejections: so.rejections + 1, refusals: so.refusals + (role === 'EMPLOYEE' ? 0 : 1) };
    case 'requested':
      return { ...so, requests: so.requests + 1 };
    case 'handled':
      return { ...so, payments: so.payments + 1 };
    case 'saved':
      return so;
  }
}
