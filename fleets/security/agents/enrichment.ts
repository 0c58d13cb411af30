import { agent, history, on, reference } from '../../../src/sdk/index.ts';
import { threatNote } from '../decisions/threat-note.ts';
import { Enriched } from '../events.ts';
import { techniquesOf } from '../reference.ts';
import { noteThreat, withdrawThreatNote } from '../tools.ts';
import { standingOf, UNITS } from '../units.ts';

/** How what is known to be exploited threatens each unit, for its risk register. */
export const enrichment = UNITS.map((unit) =>
  agent(`enrichment.${unit.name}`, {
    tenant: 'security',
    purpose: `Note in ${unit.name}'s risk register how a known exploited vulnerability is used against others`,
    owner: 'threat-intelligence',
    expires: '2027-12-31',
    perceive: on('vulnerability.enriched', Enriched, ({ kev }) => kev !== null),
    recall: {
      earlier: history('vulnerability.enriched'),
      standing: reference('asset-register', () => standingOf(unit)),
      techniques: reference('ctid/kev-to-attack', ({ subject }) => techniquesOf(subject), 'public'),
    },
    reason: threatNote,
    given: ({ event, facts }) => ({
      alreadyNoted: facts.earlier.some(({ data }) => {
        const before = Enriched.parse(data).kev;
        return before !== null && before.ransomware === event.data.kev?.ransomware;
      }),
      ransomware: event.data.kev?.ransomware ?? false,
      standing: facts.standing,
      techniques: [...facts.techniques],
    }),
    propose: ({ event: { data }, facts, decided: { note } }) =>
      note === 'none' || data.kev === null
        ? []
        : [
            noteThreat.with(
              {
                unit: unit.name,
                subject: data.subject,
                note,
                techniques: [...facts.techniques],
                listedOn: data.kev.dateAdded,
              },
              `known exploited: ${note}`,
            ),
          ],
    act: [noteThreat.on(`${unit.name}/`), withdrawThreatNote.granted],
    autonomy: { default: 'L3' },
  }),
);
