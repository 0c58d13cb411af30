import { agent, history, on } from '../../../../src/sdk/index.ts';
import { caseSoFar } from '../case-so-far.ts';
import { paymentProposalDecision } from '../decisions/payment-proposal.ts';
import { ClaimStep, raiseException } from '../events.ts';
import { proposeClaimPayment, withdrawClaimPayment } from '../tools.ts';
import { desks } from '../units.ts';

/** What a desk may charge payments to. A claim that names neither is stopped by the capability map, whoever asks. */
const CHARGEABLE = ['budget ', 'project '];

export const paymentProposal = desks.map(({ unit, limit }) =>
  agent(`claims-payment-proposal.${unit}`, {
    purpose: 'Propose payment of finally approved claims',
    owner: `claims-${unit}`,
    tenant: 'finance',
    expires: '2027-12-31',
    perceive: on('payment.requested', ClaimStep, (step) => step.unit === unit),
    recall: { earlier: history() },
    reason: paymentProposalDecision,
    given: ({ event: { data }, facts }) => {
      const { finallyApproved, requests, payments } = caseSoFar(facts.earlier);
      return { finallyApproved, requests, payments, cents: data.amount.minor };
    },
    propose({ event: { subject, data }, decided: { answer, action } }) {
      const { amount, budget } = data;
      switch (action) {
        case 'none':
          return [];
        case 'propose':
          return [
            proposeClaimPayment.with({ subject, amount, budget }, 'finally approved since it was last submitted'),
          ];
        case 'raise': {
          const kind =
            answer === 'not finally approved' ? 'payment-requested-without-final-approval' : 'payment-requested-again';
          return [raiseException.with({ subject, kind, amount, unit }, answer)];
        }
      }
    },
    act: [
      { ...proposeClaimPayment.upTo(limit), resources: CHARGEABLE },
      withdrawClaimPayment.granted,
      raiseException.granted,
    ],
    autonomy: { default: 'L3' },
  }),
);
