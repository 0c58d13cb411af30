import type { Registry } from '../../fleet/index.ts';
import { isFault, may, Misuse, type Principal } from '../../vocabulary/index.ts';
import type { Motion, Motions } from '../motions.ts';
import type { Standing } from '../standing.ts';
import { runDrill, type DrillMeasured, type DrillOptions } from './drill.ts';
import { resolveScope } from './scope.ts';
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
  const resolve = async (text: string) => {
    // What is stopped may be gone since: an agent whose fleet is no longer shipped.
    const fence = options.standing().fences.get(text);
    return fence === undefined ? await resolveScope(text, registry, trees) : { scope: text, tenant: fence.tenant };
  };
  return {
    async stop(by, text, reason) {
      const { scope, tenant } = await resolveScope(text, registry, trees).catch((error: unknown) => {
        // Who may not stop everything is told the same of what is foreign and of what does not exist.
        throw isFault(error) && error.code !== 'bad-request' && !may(by, 'stop', '*') ? mayNot(text) : error;
      });
      if (!may(by, 'stop', tenant)) throw mayNot(text);
      return stops.stop({ scope, tenant, reason, by: by.person, via: 'api', user: null });
    },
    async proposeLift(by, text, reason) {
      const { scope } = await resolve(text);
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

function mayNot(scope: string): Misuse {
  return new Misuse('forbidden', `this needs the right \`stop\` for \`${scope}\``, {
    fix: '`reeve whoami` shows your roles; an administrator can give you another',
  });
}
