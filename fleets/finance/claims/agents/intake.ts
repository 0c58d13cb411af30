import { agent, history, on } from '../../../../src/sdk/index.ts';
import { caseSoFar } from '../case-so-far.ts';
import { intakeDecision } from '../decisions/intake.ts';
import { ClaimStep } from '../events.ts';
import { noteOnClaim } from '../tools.ts';
import { desks } from '../units.ts';

export const intake = desks.map(({ unit }) =>
  agent(`claims-intake.${unit}`, {
    purpose: 'Take in submitted claims and say at once what would hold them up',
    owner: `claims-${unit}`,
    tenant: 'finance',
    expires: '2027-12-31',
    perceive: on('claim.submitted', ClaimStep, (step) => step.unit === unit && step.document === 'claim'),
    recall: { earlier: history('claim.submitted') },
    reason: intakeDecision,
    given: ({ event: { data }, facts }) => ({
      submissions: caseSoFar(facts.earlier).submissions,
      cents: data.amount.minor,
      hasBudget: data.budget !== null,
    }),
    propose: ({ event: { subject }, decided: { action, note } }) =>
      action === 'none' ? [] : [noteOnClaim.with({ subject, note }, note)],
    act: [noteOnClaim.granted],
    autonomy: { default: 'L3' },
  }),
);
