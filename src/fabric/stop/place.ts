import type { StopScope } from '../../govern/index.ts';
import type { Permit } from '../../vocabulary/index.ts';

/** Where an act takes place, as far as stops go. A Permit is one. */
export type Place = Pick<Permit, 'tenant' | 'agent' | 'agentVersion' | 'root' | 'tool'> & {
  /** Null for a tool that is not registered. */
  readonly effect: Permit['effect'] | null;
};

/** The scope of each kind that covers a place, from the widest. */
export function scopesOver(place: Place): readonly (readonly [StopScope, string])[] {
  return [
    ['everything', 'everything'],
    ['tenant', `tenant:${place.tenant}`],
    ['class', `class:${place.effect ?? ''}`],
    ['tool', `tool:${place.tool}`],
    ['agent', `agent:${place.agent}`],
    ['version', `version:${place.agentVersion}`],
    ['tree', `tree:${place.root}`],
  ];
}
