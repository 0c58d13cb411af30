import type { Event } from '../../src/sdk/index.ts';
import { Sample, Step, type Limits } from './events.ts';
import { limitsOf } from './limits.ts';

interface Earlier {
  history(): Promise<readonly Event[]>;
}

const own = (label: Event['label']) => label;

/** What was started on this order before, by activity, oldest first. */
export const earlierActivities = {
  async fetch({ history }: Earlier): Promise<readonly string[]> {
    const steps = (await history()).filter(({ type }) => type === 'step.started');
    return steps.map(({ data }) => Step.parse(data).activity);
  },
  label: own,
};

/** The samples that this chart's limits are found by, as they were first measured, oldest first. */
export const phaseSamples = {
  async fetch({ history }: Earlier): Promise<readonly Sample[]> {
    return samplesOfPhaseOne(await history());
  },
  label: own,
};

/**
 * The limits to judge a sample by: those it is sent with, else those of the chart's phase I; null while that is open. They are found
 * from the samples as first measured, so the answer does not wait for what other agents publish.
 */
export const limitsInForce = {
  async fetch({ event, history }: Earlier & { readonly event: Event<Sample> }): Promise<Limits | null> {
    if (event.data.limits !== null) return event.data.limits;
    const earlier = await history();
    if (!earlier.some(({ type }) => type === 'phase.closed')) return null;
    return limitsOf(event.data.kind, samplesOfPhaseOne(earlier));
  },
  label: own,
};

function samplesOfPhaseOne(earlier: readonly Event[]): readonly Sample[] {
  return earlier
    .filter(({ type }) => type === 'sample.measured')
    .map(({ data }) => Sample.parse(data))
    .filter(({ phase, limits }) => phase === 1 && limits === null);
}
