import { agent, history, on } from '../../../../src/sdk/index.ts';
import { caseSoFar } from '../case-so-far.ts';
import { paymentAuditDecision } from '../decisions/payment-audit.ts';
import { ClaimStep, LOGS } from '../events.ts';
import { openClaimTicket, readClaimPayments } from '../tools.ts';

/** Exception agents of a whole log: they do not work for the desks whose payments they look at. */
export const paymentAudit = LOGS.map((log) =>
  agent(`claims-exception.${log}-payments`, {
    purpose: 'Find payments that were made without a final approval, or twice',
    owner: 'finance-control',
    tenant: 'finance',
    expires: '2027-12-31',
    perceive: on('payment.handled', ClaimStep, (step) => step.log === log),
    recall: { earlier: history() },
    reason: paymentAuditDecision,
    given: ({ facts }) => {
      const { finallyApproved, payments } = caseSoFar(facts.earlier);
      return { finallyApproved, payments };
    },
    propose({ event: { subject }, decided: { title } }) {
      if (title === '') return [];
      return [
        readClaimPayments.with({ subject }, 'evidence for the ticket'),
        openClaimTicket.with({ subject, title, team: 'finance-control', priority: 'urgent', dueDays: 1 }, title),
      ];
    },
    act: [openClaimTicket.granted, readClaimPayments.granted],
    autonomy: { default: 'L3' },
  }),
);
