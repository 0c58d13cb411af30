import type { Registry } from '../../fleet/index.ts';
import {
  EFFECT_CLASSES,
  isId,
  Misuse,
  RetryLater,
  type AgentId,
  type EventId,
  type TenantId,
  type ToolId,
} from '../../vocabulary/index.ts';
import type { Trees } from './trees.ts';

/** A part of the fleet that exists, as stops name it. */
export interface Scope {
  readonly scope: string;
  /** Whose it is; `*` when it concerns more than one tenant. */
  readonly tenant: TenantId | '*';
}

/**
 * Reads what somebody wants to stop: `everything`, `tenant:T`, `agent:A`, `version:sha256:...`, `tool:T`, `class:E3`, or
 * `tree:` and a run or an event, which becomes the tree's root. Someone who stops what does not exist would believe it stopped.
 *
 * @throws Misuse `unknown-tenant`, `unknown-agent`, `unknown-tool`, `not-found`, `bad-request`; RetryLater
 * `record-unavailable` for a run's tree that cannot be looked up.
 */
export async function resolveScope(text: string, registry: Registry, trees: Trees): Promise<Scope> {
  const [, kind = '', name = ''] = /^([a-z]+)(?::(.+))?$/.exec(text) ?? [];
  switch (kind) {
    case 'everything':
      if (name === '') return { scope: text, tenant: '*' };
      break;
    case 'tenant':
      if (registry.fleets.some(({ tenant }) => tenant === (name as TenantId))) {
        return { scope: text, tenant: name as TenantId };
      }
      throw new Misuse('unknown-tenant', `there is no tenant \`${name}\``);
    case 'agent': {
      const agent = registry.agent(name as AgentId);
      if (agent !== null) return { scope: text, tenant: agent.tenant };
      throw new Misuse('unknown-agent', `there is no agent \`${name}\``);
    }
    case 'version': {
      const agent = registry.agents.find(({ version }) => version === name);
      if (agent !== undefined) return { scope: text, tenant: agent.tenant };
      throw new Misuse('unknown-agent', `no agent that is here has the version \`${name}\``);
    }
    case 'tool': {
      const owners = ownersOf(name as ToolId, registry);
      if (owners.length > 0) return { scope: text, tenant: owners.length === 1 ? (owners[0] as TenantId) : '*' };
      throw new Misuse('unknown-tool', `no agent has a tool \`${name}\``);
    }
    case 'class':
      if (EFFECT_CLASSES.some((one) => one === name)) return { scope: text, tenant: '*' };
      throw new Misuse('bad-request', `\`${name}\` is no effect class`, {
        fix: `they are ${EFFECT_CLASSES.join(', ')}`,
      });
    case 'tree':
      return treeScope(name, trees);
  }
  throw new Misuse('bad-request', `\`${text}\` is no scope`, {
    fix: 'everything, tenant:T, agent:A, version:sha256:..., tool:T, class:E3, or tree: and a run or an event',
  });
}

/** Tenants whose agents may use it: a stop of a tool is a stop for all of them. */
function ownersOf(name: ToolId, registry: Registry): readonly TenantId[] {
  const owners = registry.agents.filter(({ act }) => act.some(({ tool }) => tool.name === name));
  return [...new Set(owners.map(({ tenant }) => tenant))];
}

async function treeScope(id: string, trees: Trees): Promise<Scope> {
  if (!isId('event', id) && !isId('run', id)) {
    throw new Misuse('bad-request', `\`${id}\` is neither a run nor an event`);
  }
  try {
    const tree = await trees.find(id);
    if (tree !== null) return { scope: `tree:${tree.root}`, tenant: tree.tenant };
  } catch (error) {
    if (!(error instanceof RetryLater) || !isId('event', id)) throw error;
    // While the record is away an event is believed to be the one that the tree grew from, and to be of whatever tenant.
    return { scope: `tree:${id satisfies EventId}`, tenant: '*' };
  }
  throw new Misuse('not-found', `there is no run or event \`${id}\``);
}
