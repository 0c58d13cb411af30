import { agent, on } from '../../../src/sdk/index.ts';
import { comparedSections } from '../comparison.ts';
import { regulationChange } from '../decisions/regulation-change.ts';
import { PublishedSection } from '../events.ts';
import { publishRegulationChange, sendNotice } from '../tools.ts';
import { REGULATIONS } from '../units.ts';

/** Lays every section of a new version beside the version before, and says what was added, modified and deleted. */
export const regulationWatchers = REGULATIONS.map((regulation) =>
  agent(`regulation-watcher.${regulation}`, {
    purpose: `Find what changes in 12 CFR ${regulation} from version to version`,
    owner: 'regulatory-affairs',
    tenant: 'compliance',
    expires: '2027-12-31',
    perceive: on(
      'regulation.section-published',
      PublishedSection,
      (section) => section.regulation === regulation && section.supersedes !== null,
    ),
    recall: { compared: comparedSections },
    reason: regulationChange,
    given: ({ facts }) => ({ states: [...facts.compared.states] }),
    propose: ({ event: { data }, facts: { compared }, decided }) => {
      const labels = (op: string) =>
        compared.paragraphs.filter(({ state }) => decided.found[state]?.op === op).map(({ label }) => label);
      const [added, modified, deleted] = [labels('added'), labels('modified'), labels('deleted')];
      const { section, version, supersedes, publishedOn, effectiveOn, paragraphs } = data;
      if (labels('unknown').length > 0) {
        const text = `${section} as of ${version} cannot be compared: version ${supersedes} of it has not been seen`;
        return [
          sendNotice.with({ changeSet: `${regulation}/${version}/${section}`, to: 'regulatory-affairs', text }, text),
        ];
      }
      if (supersedes === null || added.length + modified.length + deleted.length === 0) return [];
      return [
        publishRegulationChange.with(
          {
            subject: section,
            regulation,
            section,
            from: supersedes,
            to: version,
            publishedOn,
            effectiveOn,
            added,
            modified,
            deleted,
            standing: paragraphs.length,
          },
          `version ${version} adds ${added.length}, modifies ${modified.length} and deletes ${deleted.length} paragraphs of ${section}`,
        ),
      ];
    },
    act: [publishRegulationChange.on(regulation), sendNotice.on(regulation)],
    autonomy: { default: 'L3' },
  }),
);
