import { agent, history, on } from '../../../../src/sdk/index.ts';
import { caseSoFar } from '../case-so-far.ts';
import { approvalChainDecision } from '../decisions/approval-chain.ts';
import { ClaimStep, raiseException } from '../events.ts';
import { desks } from '../units.ts';

export const approvalChain = desks.map(({ unit }) =>
  agent(`claims-approval-chain.${unit}`, {
    purpose: 'See that a final approval rests on an approval by the administration',
    owner: `claims-${unit}`,
    tenant: 'finance',
    expires: '2027-12-31',
    perceive: on(
      'claim.approved',
      ClaimStep,
      (step) => step.unit === unit && step.document === 'claim' && step.step === 'final-approved',
    ),
    recall: { earlier: history('claim.submitted', 'claim.approved') },
    reason: approvalChainDecision,
    given: ({ event: { data }, facts }) => ({
      administrationApproved: caseSoFar(facts.earlier).administrationApproved,
      approver: data.role,
    }),
    propose({ event: { subject, data }, decided: { chain, raise } }) {
      if (!raise) return [];
      const kind = 'final-approval-without-administration';
      return [raiseException.with({ subject, kind, amount: data.amount, unit }, `the chain of approvals is ${chain}`)];
    },
    act: [raiseException.granted],
    autonomy: { default: 'L3' },
  }),
);
