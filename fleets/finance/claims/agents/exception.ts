import { agent, on } from '../../../../src/sdk/index.ts';
import { exceptionDecision } from '../decisions/exception.ts';
import { ClaimException } from '../events.ts';
import { openClaimTicket, readClaimPayments } from '../tools.ts';
import { desks } from '../units.ts';

export const exception = desks.map(({ unit }) =>
  agent(`claims-exception.${unit}`, {
    purpose: 'Bring exceptions of claims to the people who can put them right, in time',
    owner: `claims-${unit}`,
    tenant: 'finance',
    expires: '2027-12-31',
    perceive: on('claim.exception', ClaimException, (raised) => raised.unit === unit),
    reason: exceptionDecision,
    given: ({ event: { data } }) => ({ kind: data.kind, cents: data.amount.minor }),
    propose({ event: { subject }, decided: { evidence, ...ticket } }) {
      const open = openClaimTicket.with({ subject, ...ticket }, ticket.title);
      return evidence ? [readClaimPayments.with({ subject }, 'evidence for the ticket'), open] : [open];
    },
    act: [openClaimTicket.granted, readClaimPayments.granted],
    autonomy: { default: 'L3' },
  }),
);
