import { agent, on } from '../../../src/sdk/index.ts';
import { controlRouting } from '../decisions/control-routing.ts';
import { ControlChange } from '../events.ts';
import { askForReview, openChangeTask, readRegister, retireRequirement } from '../tools.ts';
import { CONTROL_GROUPS } from '../units.ts';

/** Takes a change in a control to those who answer for its family and for the documents it concerns. */
export const controlRouters = CONTROL_GROUPS.map(({ name, owner, families }) =>
  agent(`control-router.${name}`, {
    purpose: `Route changes in the controls of ${name} to their owners, due when the revision replaces the one before`,
    owner,
    tenant: 'compliance',
    expires: '2027-12-31',
    perceive: on('control.changed', ControlChange, (change) => families.includes(change.family)),
    reason: controlRouting,
    given: ({ event: { data } }) => ({
      family: data.family,
      change: data.change,
      policyControl: data.control === `${data.family}-1`,
      baseline: data.baseline,
    }),
    propose: ({ event: { data }, decided }) => {
      const { owner: answerable, priority, criteria, procedures, review, retire } = decided;
      const { change, effectiveOn: dueOn } = data;
      const requirement = `${data.control}/${data.baseline}`;
      const changeSet = `${requirement}/${data.to}`;
      const why = `${data.control} of ${data.baseline} (${change}) is for ${answerable} by ${dueOn} (${priority})`;
      const title = `${requirement}: ${[change, ...data.fields].join(' ')} by ${data.to}`;
      const asked = { subject: changeSet, changeSet, owner: answerable, priority, dueOn, criteria, procedures };
      return [
        openChangeTask.with({ changeSet, owner: answerable, priority, title, dueOn, changes: 1 }, why),
        ...(review ? [askForReview.with(asked, why)] : []),
        ...(retire
          ? [
              readRegister.with({ requirement }, why),
              retireRequirement.with({ requirement, changeSet, owner: answerable, from: dueOn }, why),
            ]
          : []),
      ];
    },
    act: [openChangeTask, askForReview, readRegister, retireRequirement].map((tool) =>
      tool.on(...families.map((family) => `${family}-`)),
    ),
    autonomy: { default: 'L3' },
  }),
);
