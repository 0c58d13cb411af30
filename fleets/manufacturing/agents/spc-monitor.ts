import { agent, on } from '../../../src/sdk/index.ts';
import { chartSignal } from '../decisions/chart-signal.ts';
import { Sample, type Limits } from '../events.ts';
import { pointOf } from '../limits.ts';
import { limitsInForce } from '../recall.ts';
import { callAndon, openTicket } from '../tools.ts';
import { CHARTS, PLANT } from '../units.ts';

/** Judges each sample of its chart: at once in production, in retrospect for the phase that the limits come from. */
export const spcMonitors = CHARTS.map((chart) =>
  agent(`spc-monitor.${chart}`, {
    ...PLANT,
    purpose: `Signal when ${chart} is out of statistical control`,
    owner: 'quality-laboratory',
    perceive: on('sample.measured', Sample, ({ subject }) => subject === chart),
    recall: { limits: limitsInForce },
    reason: chartSignal,
    given: ({ event: { data }, facts: { limits } }) => ({
      kind: data.kind,
      stage: stageOf(data, limits),
      restsOn: limits?.samples ?? 0,
      distance: limits === null ? 0 : (pointOf(data.kind, data) - limits.center) / limits.deviation,
    }),
    propose: ({ event: { data }, decided: { signal, ticket, andon } }) => [
      ...(andon ? [callAndon.with({ chart, sample: data.sample, signal }, `sample ${data.sample} is ${signal}`)] : []),
      ...(ticket
        ? [
            openTicket.with(
              { about: chart, title: `${chart}: sample ${data.sample} is ${signal}` },
              'a cause is sought',
            ),
          ]
        : []),
    ],
    act: [callAndon.on(chart), openTicket.on(chart)],
    autonomy: { default: 'L3' },
  }),
);

function stageOf({ phase }: Sample, limits: Limits | null): 'collecting' | 'review' | 'production' {
  if (limits === null) return 'collecting';
  return phase === 1 ? 'review' : 'production';
}
