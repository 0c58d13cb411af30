import { CONFIDENTIALITIES, confidentialityRank, type Capability } from '../vocabulary/index.ts';
import type { Case } from './case.ts';
import type { Law } from './law.ts';

/** One respect in which a situation may differ from the ordinary one. */
export interface Respect {
  readonly name: string;
  /** Ways to differ, in order; each as a person says it, and as it changes the case. */
  readonly ways: readonly Way[];
  /** Nothing else matters then, so it is tried by itself only. */
  readonly alone: boolean;
}

export interface Way {
  readonly says: string;
  apply(about: Case): Case;
}

/**
 * Everything that the schema lets policies speak of, as far as it can differ for one capability: where numbers are compared, one
 * value on each side of each bound.
 */
export function respectsOf({ tool, upTo, resources }: Capability, ordinary: Case, law: Law): readonly Respect[] {
  const { situation } = ordinary;
  const levels = (attribute: 'confidentiality' | 'seenConfidentiality') =>
    CONFIDENTIALITIES.flatMap((level) => {
      const rank = confidentialityRank(level);
      return rank === situation[attribute] ? [] : [way(level, { [attribute]: rank })];
    });
  const all: (Respect | false)[] = [
    tool.amount !== undefined && {
      name: 'amount',
      alone: false,
      ways: amountsBeyond(law.thresholds.amountMinor, situation.limitMinor, upTo?.currency ?? ''),
    },
    upTo !== null && respect('currency', way(`another than ${upTo.currency}`, { sameCurrency: false })),
    resources.length > 0 && respect('resource', way('one that is not granted', { resourceGranted: false })),
    respect('when', way('at night', { hour: 3 }), way('at the weekend', { weekday: 6 })),
    respect('integrity', way('untrusted', { integrity: 'untrusted' })),
    respect('confidentiality', ...levels('confidentiality')),
    respect('seen before', way('something untrusted', { seenUntrusted: true })),
    respect('closest data seen before', ...levels('seenConfidentiality')),
    respect('depth', ...depthsBeyond(law.thresholds.depth)),
    respect(
      'budget',
      way('spent, and refuses', { exhausted: ['refuse'] }),
      way('spent, and asks', { exhausted: ['ask'] }),
    ),
    {
      ...respect(
        'stopped',
        ...(['everything', 'tenant', 'agent', 'version', 'tool', 'class', 'tree'] as const).map((scope) =>
          way(scope, { stopped: [scope] }),
        ),
      ),
      alone: true,
    },
    {
      name: 'agent',
      alone: true,
      ways: ['draft', 'suspended', 'retired'].map((status) => ({
        says: status,
        apply: (about) => ({ ...about, agent: { ...about.agent, status } }),
      })),
    },
    { ...respect('mandate', way('over', { mandateEnds: '2000-01-01' })), alone: true },
    { ...respect('tenant of the event', way('another one', { sameTenant: false })), alone: true },
  ];
  return all.filter((one) => one !== false && one.ways.length > 0) as readonly Respect[];
}

function respect(name: string, ...ways: readonly Way[]): Respect {
  return { name, ways, alone: false };
}

function way(says: string, changed: Partial<Case['situation']>): Way {
  return { says, apply: (about) => ({ ...about, situation: { ...about.situation, ...changed } }) };
}

/** One way for each stretch between bounds: the ordinary amount lies in the first. */
function amountsBeyond(thresholds: readonly number[], limitMinor: number, currency: string): readonly Way[] {
  const bounds = [...new Set([...thresholds, limitMinor])].filter((bound) => bound > 0).sort((a, b) => a - b);
  const show = (minor: number) => `${(minor / 100).toFixed(2)}${currency === '' ? '' : ` ${currency}`}`;
  return bounds.map((bound, i) => {
    const next = bounds[i + 1];
    const says = `above ${show(bound)}${next === undefined ? '' : `, up to ${show(next)}`}`;
    return way(says, { amountMinor: bound + 1 });
  });
}

function depthsBeyond(thresholds: readonly number[]): readonly Way[] {
  const bounds = thresholds.filter((bound) => bound >= 0);
  return bounds.map((bound, i) => {
    const next = bounds[i + 1];
    return way(`above ${bound}${next === undefined ? '' : `, up to ${next}`}`, { depth: bound + 1 });
  });
}
