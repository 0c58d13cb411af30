import { agent, history, on } from '../../../../src/sdk/index.ts';
import { caseSoFar } from '../case-so-far.ts';
import { completenessDecision } from '../decisions/completeness.ts';
import { ClaimStep } from '../events.ts';
import { noteOnClaim, writeToClaimant } from '../tools.ts';
import { desks } from '../units.ts';

export const completeness = desks.map(({ unit }) =>
  agent(`claims-completeness.${unit}`, {
    purpose: 'Tell claimants what is missing when a claim comes back to them',
    owner: `claims-${unit}`,
    tenant: 'finance',
    expires: '2027-12-31',
    perceive: on('claim.returned', ClaimStep, (step) => step.unit === unit),
    recall: { earlier: history('claim.submitted', 'claim.returned') },
    reason: completenessDecision,
    given: ({ event: { data }, facts }) => {
      const { submissions, refusals } = caseSoFar(facts.earlier);
      return { document: data.document, step: data.step, role: data.role, submissions, refusals };
    },
    propose({ event: { subject }, decided: { action, note } }) {
      switch (action) {
        case 'none':
          return [];
        case 'note':
          return [noteOnClaim.with({ subject, note }, note)];
        case 'write':
          return [writeToClaimant.with({ subject, message: note }, 'refused three times or more')];
      }
    },
    act: [noteOnClaim.granted, writeToClaimant.granted],
    autonomy: { default: 'L3' },
  }),
);
