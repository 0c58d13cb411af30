import { agent, on } from '../../../src/sdk/index.ts';
import { comparedControls } from '../comparison.ts';
import { controlChange } from '../decisions/control-change.ts';
import { PublishedControl } from '../events.ts';
import { publishControlChange } from '../tools.ts';
import { BASELINES } from '../units.ts';

/** Lays every control of a revised baseline beside the revision before, and says what changed. */
export const controlWatchers = BASELINES.map((unit) => {
  const baseline = unit.toUpperCase();
  return agent(`control-watcher.${unit}`, {
    purpose: `Find what a revision of NIST SP 800-53 changes in the ${baseline} baseline`,
    owner: 'security-governance',
    tenant: 'compliance',
    expires: '2027-12-31',
    perceive: on(
      'control.published',
      PublishedControl,
      (control) => control.baseline === baseline && control.supersedes !== null,
    ),
    recall: { compared: comparedControls },
    reason: controlChange,
    given: ({ facts }) => facts.compared,
    propose: ({ event: { subject, data }, decided: { change, fields } }) => {
      if (data.supersedes === null || change === 'none') return [];
      const { control, supersedes: from, revision: to, publishedOn, effectiveOn } = data;
      const [family = ''] = control.split('-');
      return [
        publishControlChange.with(
          { subject, baseline, control, family, change, fields, from, to, publishedOn, effectiveOn },
          `${control} of ${baseline}: ${change} from ${from} to ${to}`,
        ),
      ];
    },
    act: [publishControlChange.on(`${baseline}/`)],
    autonomy: { default: 'L3' },
  });
});
