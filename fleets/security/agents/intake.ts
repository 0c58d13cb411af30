import { agent, derive, history, on, reference } from '../../../src/sdk/index.ts';
import { normalise } from '../decisions/normalise.ts';
import { Analysed } from '../events.ts';
import { knownExploited } from '../reference.ts';
import { askAnalysts, passOn } from '../tools.ts';
import { deskOf, UNITS } from '../units.ts';

const TITLE_CHARACTERS = 120;

/** One desk in each unit reads the records of some numbering authorities, for all units. */
export const intake = UNITS.map(({ name: unit }) =>
  agent(`intake.${unit}`, {
    tenant: 'security',
    purpose: 'Read what CISA’s analysts published about a CVE, dirty as it is, and pass it on to every unit',
    owner: 'security-operations',
    expires: '2027-12-31',
    perceive: on('vulnerability.analysed', Analysed, ({ assigner }) => deskOf(assigner) === unit),
    recall: {
      earlier: history('vulnerability.analysed'),
      kev: reference('cisa/kev', ({ data }: { data: Analysed }) => knownExploited(data.cve), 'public'),
      name: derive(({ data }: { data: Analysed }) => ({ title: titleOf(data), product: productOf(data) })),
    },
    reason: normalise,
    given: ({ event, facts }) => ({
      said: {
        exploitation: event.data.ssvc.Exploitation,
        automatable: event.data.ssvc.Automatable,
        technicalImpact: event.data.ssvc['Technical Impact'],
      },
      seenBefore: facts.earlier.some(({ dataDigest }) => dataDigest === event.dataDigest),
    }),
    propose: ({ event: { data }, facts: { kev, name }, decided }) => {
      switch (decided.handling) {
        case 'pass on': {
          const { exploitation, automatable, technicalImpact } = decided;
          const words = { exploitation, automatable, technicalImpact };
          return [
            passOn.with(
              { subject: data.cve, ...name, ...words, kev, analysedAt: data.ssvc_timestamp },
              `${data.cve} is readable: ${Object.values(words).join(', ')}`,
            ),
          ];
        }
        case 'ask': {
          const said = {
            exploitation: data.ssvc.Exploitation,
            automatable: data.ssvc.Automatable,
            technicalImpact: data.ssvc['Technical Impact'],
          };
          return [askAnalysts.with({ unit, subject: data.cve, ...said }, 'a value is spelled as no table knows it')];
        }
        case 'none':
          return [];
      }
    },
    act: [passOn.granted, askAnalysts.on(`${unit}/`)],
    autonomy: { default: 'L3' },
  }),
);

/** The title, or the beginning of the description: more than half of the records have no title. */
function titleOf({ title, description }: Analysed): string {
  return Array.from(title ?? description)
    .slice(0, TITLE_CHARACTERS)
    .join('');
}

function productOf({ affected }: Analysed): string {
  const [first] = affected;
  return [first?.vendor, first?.product].filter((part) => part && part !== 'n/a').join(' ') || 'not stated';
}
