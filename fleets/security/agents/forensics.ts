import { agent, on, reference } from '../../../src/sdk/index.ts';
import { forensicInquiry } from '../decisions/forensics.ts';
import { Ordered } from '../events.ts';
import { callResponder, openCase, readLogExtracts } from '../tools.ts';
import { standingOf, UNITS } from '../units.ts';

/**
 * Who looks for traces when a directive or ransomware makes it likely that somebody was here already. The facts about the
 * assets of some units are confidential; the law then lets nobody call an outside responder about them.
 */
export const forensics = UNITS.map((unit) =>
  agent(`forensics.${unit.name}`, {
    tenant: 'security',
    purpose: `Open a forensic case in ${unit.name} where an ordered remediation calls for one`,
    owner: 'incident-response',
    expires: '2027-12-31',
    perceive: on('remediation.ordered', Ordered, (ordered) => ordered.unit === unit.name && ordered.kev !== null),
    recall: { assets: reference('asset-register', () => standingOf(unit), unit.assets) },
    reason: forensicInquiry,
    given: ({ event: { data } }) => ({ outcome: data.outcome, ransomware: data.kev?.ransomware ?? false }),
    propose: ({ event: { data }, facts: { assets }, decided: { inquiry } }) => {
      if (inquiry === 'none') return [];
      const { subject, product, outcome, due } = data;
      const why = `${outcome}, exploited since ${data.kev?.dateAdded ?? 'an unknown day'}`;
      const open = [
        readLogExtracts.with({ subject }, why),
        openCase.with({ unit: unit.name, subject, product, outcome, assets, due }, why),
      ];
      if (inquiry === 'case') return open;
      return [...open, callResponder.with({ unit: unit.name, subject, product, why }, why)];
    },
    act: [readLogExtracts.granted, openCase.on(`${unit.name}/`), callResponder.on(`${unit.name}/`)],
    autonomy: { default: 'L3' },
  }),
);
