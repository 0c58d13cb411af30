import { z } from 'zod';
import { publish } from '../../../src/sdk/index.ts';

export const LOGS = ['domestic', 'request', 'prepaid'] as const;
/** Which kind of case: a domestic expense claim, a request for payment, or prepaid travel cost. */
export type Log = (typeof LOGS)[number];

/** What one activity of the logs does to its document. */
export const STEPS = ['submitted', 'saved', 'approved', 'final-approved', 'rejected', 'requested', 'handled'] as const;
export type Step = (typeof STEPS)[number];

/** Minor units. The logs name no currency; they are of a university in the euro area. */
export const Amount = z.object({ minor: z.int().nonnegative(), currency: z.literal('EUR') });

/** One step of a case, as the finance system reports it. */
export const ClaimStep = z.object({
  log: z.enum(LOGS),
  /** Number of the case within its log; the event's subject is `log/case`. */
  case: z.string(),
  /** What the step is about. A prepaid travel cost also carries the steps of the travel permit it rests on. */
  document: z.enum(['claim', 'permit', 'payment']),
  step: z.enum(STEPS),
  /** The activity as the log has it. */
  activity: z.string(),
  /** Who took the step, e.g. `BUDGET OWNER`; `SYSTEM` where the log names nobody. */
  role: z.string(),
  amount: Amount,
  /** What it is charged to, `budget …` or `project …`; null when the record names neither. */
  budget: z.string().nullable(),
  unit: z.string(),
});
export type ClaimStep = z.infer<typeof ClaimStep>;

/** The event type that reports each step. */
export const TYPE_OF = {
  submitted: 'claim.submitted',
  saved: 'claim.returned',
  rejected: 'claim.returned',
  approved: 'claim.approved',
  'final-approved': 'claim.approved',
  requested: 'payment.requested',
  handled: 'payment.handled',
} as const satisfies Record<Step, string>;

/** What an agent found wrong with a case, for the exception desk. */
export const ClaimException = z.object({
  subject: z.string(),
  kind: z.enum([
    'final-approval-without-administration',
    'payment-requested-without-final-approval',
    'payment-requested-again',
  ]),
  amount: Amount,
  unit: z.string(),
});

export const raiseException = publish('claim.exception', {
  description: 'Tells the exception desk what is wrong with a case',
  data: ClaimException,
});
