import type { Registry } from '../../fleet/index.ts';
import { isFault, may, Misuse, type Principal, type Right } from '../../vocabulary/index.ts';
import type { Motion, Motions } from '../motions.ts';
import type { Standing } from '../standing.ts';
import { runDrill, type DrillMeasured, type DrillOptions } from './drill.ts';
import { resolveScope, type Scope } from './scope.ts';
import type { Stopped, Stops } from './stops.ts';
import type { Trees } from './trees.ts';

/** Stopping any part of the fleet, by one person; giving it back, by two. */
export interface Fences {
  /**
   * Stops a scope ({@link resolveScope}). It holds when this resolves, also when the database is away.
   *
   * @throws Misuse `forbidden`; what `resolveScope` and `Stops.stop` throw.
   */
  stop(by: Principal, scope: string, reason: string): Promise<Stopped>;
  /** Proposes to lift the stop that stands now. Throws Misuse `not-found` when none does; what `Motions.propose` throws. */
  proposeLift(by: Principal, scope: string, reason: string): Promise<Motion>;
  /** Measures a stop of something that acts all the time under real permits; see `runDrill`. Needs the right `stop` for all. */
  drill(by: Principal): Promise<DrillMeasured>;
}

export interface FencesOptions {
  readonly registry: Registry;
  readonly stops: Stops;
  readonly trees: Trees;
  readonly motions: Motions;
  readonly drill: Omit<DrillOptions, 'stop'>;
  standing(): Standing;
}

export function createFences(options: FencesOptions): Fences {
  const { registry, stops, trees, motions } = options;
  let drilling = false;
  /** Throws Misuse `forbidden` for what is foreign and, to who has no right for all, for what does not exist. */
  const scopeFor = async (by: Principal, right: 'stop' | 'stop.lift', text: string): Promise<Scope> => {
    const found = await resolveScope(text, registry, trees).catch((error: unknown) => {
      throw isFault(error) && error.code !== 'bad-request' && !may(by, right, '*') ? mayNot(right, text) : error;
    });
    if (!may(by, right, found.tenant)) throw mayNot(right, text);
    return found;
  };
  return {
    async stop(by, text, reason) {
      const { scope, tenant } = await scopeFor(by, 'stop', text);
      return stops.stop({ scope, tenant, reason, by: by.person, via: 'api', user: null });
    },
    async proposeLift(by, text, reason) {
      // What is stopped may be gone since, with the fleet that it was of: its stop says whose it is.
      const known = options.standing().fences.get(text);
      if (known !== undefined && !may(by, 'stop.lift', known.tenant)) throw mayNot('stop.lift', text);
      const { scope } = known ?? (await scopeFor(by, 'stop.lift', text));
      const fence = options.standing().fences.get(scope);
      if (fence?.stopped !== true) throw new Misuse('not-found', `\`${scope}\` is not stopped`);
      return motions.propose(by, 'fence.lift', { scope, epoch: fence.epoch }, reason);
    },
    async drill(by) {
      if (!may(by, 'stop', '*')) throw new Misuse('forbidden', 'this needs the right `stop` for all tenants');
      if (drilling) throw new Misuse('already-answered', 'a drill is under way');
      drilling = true;
      try {
        return await runDrill({
          ...options.drill,
          stop: (scope, tenant) =>
            stops.stop({ scope, tenant, reason: 'drill', by: by.person, via: 'drill', user: null }),
        });
      } finally {
        drilling = false;
      }
    },
  };
}

function mayNot(right: Right, scope: string): Misuse {
  return new Misuse('forbidden', `this needs the right \`${right}\` for \`${scope}\``, {
    fix: '`reeve whoami` shows your roles; an administrator can give you another',
  });
}
