import { agent, derive, on } from '../../../src/sdk/index.ts';
import { regulationRouting } from '../decisions/regulation-routing.ts';
import { RegulationChange } from '../events.ts';
import { askForReview, openChangeTask, readRegister, retireRequirement, sendNotice } from '../tools.ts';
import { BUSINESS_LINES } from '../units.ts';

const DAY = 24 * 60 * 60 * 1000;

/** Takes a change in a regulation to those who answer for the section and for the documents it concerns. */
export const changeRouters = BUSINESS_LINES.map(({ name, owner, regulations }) =>
  agent(`change-router.${name}`, {
    purpose: `Route changes in the regulations of ${name} to their owners, due when they take effect`,
    owner,
    tenant: 'compliance',
    expires: '2027-12-31',
    perceive: on('regulation.changed', RegulationChange, (change) => regulations.includes(change.regulation)),
    recall: { place: derive(placeOf) },
    reason: regulationRouting,
    given: ({ event: { data }, facts: { place } }) => ({
      regulation: data.regulation,
      standing: data.standing,
      ...place,
    }),
    propose: ({ event: { data }, decided }) => {
      const { owner: answerable, priority, criteria, procedures, review, notify, retire } = decided;
      const { section, regulation, to, effectiveOn: dueOn } = data;
      const changeSet = `${regulation}/${to}/${section}`;
      const changes = data.added.length + data.modified.length + data.deleted.length;
      const why = `${changes} changes in ${section}, in force from ${dueOn}, are for ${answerable} (${priority})`;
      const title = `${section}: ${changes} changes by ${to}`;
      const asked = { subject: changeSet, changeSet, owner: answerable, priority, dueOn, criteria, procedures };
      return [
        openChangeTask.with({ changeSet, owner: answerable, priority, title, dueOn, changes }, why),
        ...(review ? [askForReview.with(asked, why)] : []),
        ...(notify ? [sendNotice.with({ changeSet, to: answerable, text: why }, why)] : []),
        ...(retire
          ? [
              readRegister.with({ requirement: section }, why),
              retireRequirement.with({ requirement: section, changeSet, owner: answerable, from: dueOn }, why),
            ]
          : []),
      ];
    },
    act: [
      openChangeTask.on(...regulations),
      askForReview.on(...regulations),
      sendNotice.on(...regulations),
      readRegister.on(...regulations),
      retireRequirement.on(...regulations),
    ],
    autonomy: { default: 'L3' },
  }),
);

/** Where in its part a change is, how much of it is more than commentary, and how long before it takes effect. */
function placeOf({ data }: { readonly data: RegulationChange }) {
  const part = data.section.split('-')[1] ?? '';
  return {
    article: /^\d+$/.test(part) ? Number(part) : 0,
    appendix: /^[A-Z]{1,2}\d?$/.test(part) ? part : '',
    rules: [...data.added, ...data.modified, ...data.deleted].filter((label) => !label.includes('-Interp')).length,
    noticeDays: (Date.parse(data.effectiveOn) - Date.parse(data.publishedOn)) / DAY,
  };
}
