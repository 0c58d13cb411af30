import { agent, on } from '../../../src/sdk/index.ts';
import { patchPlan } from '../decisions/patch-plan.ts';
import { Ordered } from '../events.ts';
import { disconnect, planPatch, withdrawDisconnection, withdrawPlan } from '../tools.ts';
import { UNITS } from '../units.ts';

/** Who turns an order into a change of the unit's own systems. */
export const patchPlanning = UNITS.map(({ name: unit }) =>
  agent(`patch-planning.${unit}`, {
    tenant: 'security',
    purpose: `Plan the change that remedies an ordered vulnerability on the assets of ${unit}`,
    owner: `${unit}-systems`,
    expires: '2027-12-31',
    perceive: on('remediation.ordered', Ordered, (ordered) => ordered.unit === unit),
    reason: patchPlan,
    given: ({ event: { data } }) => ({
      requiredAction: data.kev?.requiredAction ?? '',
      inKev: data.kev !== null,
      ransomware: data.kev?.ransomware ?? false,
    }),
    propose: ({ event: { data }, decided: { plan } }) => {
      const change = { unit, subject: data.subject, product: data.product, plan, due: data.due };
      return [plan === 'disconnect' ? disconnect.with(change, plan) : planPatch.with(change, plan)];
    },
    act: [planPatch.on(`${unit}/`), withdrawPlan.granted, disconnect.on(`${unit}/`), withdrawDisconnection.granted],
    autonomy: { default: 'L3' },
  }),
);
