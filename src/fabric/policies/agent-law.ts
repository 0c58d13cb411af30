import type { Registry } from '../../fleet/index.ts';
import {
  effectiveLaw,
  linesOf,
  type Budget,
  type EffectiveLaw,
  type Law,
  type StandingGrant,
} from '../../govern/index.ts';
import { digest, type Agent, type Clock, type Digest, type Tool } from '../../vocabulary/index.ts';
import { autonomyNow } from '../autonomy/now.ts';
import { budgetsIn } from '../budgets/budgets-in-force.ts';
import type { Standing } from '../standing.ts';

/** The law of one agent on one page, and all that bears on it besides the policies. */
export interface AgentLaw extends EffectiveLaw {
  /** Scopes that are stopped and cover the whole agent. */
  readonly stopped: readonly string[];
  /** Caps that its acts count against. */
  readonly budgets: readonly Budget[];
  /** Answers that were given in advance. */
  readonly grants: readonly {
    readonly id: string;
    readonly form: string;
    readonly tool: string | null;
    readonly until: number;
  }[];
  /** What another set of policies would make of it: lines that only one of the two has. Null when none was named. */
  readonly against: {
    readonly law: Digest;
    readonly gone: readonly string[];
    readonly added: readonly string[];
  } | null;
}

export interface AgentLawOptions {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly environment: 'development' | 'production';
}

/** Judgements between two turns of the loop: a few milliseconds. */
const AT_ONCE = 5;
const MOST_KEPT = 300;

/** Finds what the law comes to for agents, in small steps, and keeps what it found for as long as nothing changes. */
export function createAgentLaws({ registry, clock, environment }: AgentLawOptions) {
  const known = new Map<string, EffectiveLaw>();

  /** @param other a set that is compared with the one in force, for this agent's tenant. */
  return async function lawOf(agent: Agent, standing: Standing, other: Law | null): Promise<AgentLaw> {
    const found = await effective(agent, standing.lawOf(agent.tenant), standing);
    const scopes = ['everything', `tenant:${agent.tenant}`, `agent:${agent.name}`];
    return {
      ...found,
      stopped: scopes.filter((scope) => standing.fences.get(scope)?.stopped === true),
      budgets: budgetsIn(standing).filter(
        ({ tenant, of }) =>
          (tenant === '*' || tenant === agent.tenant) &&
          (of.tenant ?? agent.tenant) === agent.tenant &&
          (of.agent ?? agent.name) === agent.name &&
          (of.role ?? agent.role) === agent.role,
      ),
      grants: (standing.documents.get('standing-grant') ?? []).flatMap(({ id, tenant, content }) => {
        const { form, agent: whose, tool, until } = content as StandingGrant;
        const covers = tenant === agent.tenant && (whose ?? agent.name) === agent.name && until > clock.now();
        return covers ? [{ id, form, tool, until }] : [];
      }),
      against: other === null ? null : difference(found, await effective(agent, other, standing), other),
    };
  };

  async function effective(agent: Agent, law: Law, standing: Standing): Promise<EffectiveLaw> {
    const today = new Date(clock.now()).toISOString().slice(0, 10);
    const toolOf = ({ tool }: { readonly tool: Tool }) => registry.tool(tool.name, agent.tenant);
    const levelOf = (tool: Tool) =>
      autonomyNow(agent, tool.name, toolOf({ tool })?.tool ?? null, standing, clock.now());
    const rests = agent.act.map(({ tool }) => [toolOf({ tool })?.tool.digest ?? null, levelOf(tool)]);
    const key = digest([agent.version, law.digest, environment, today, rests]);
    const before = known.get(key);
    if (before !== undefined) return before;
    const steps = effectiveLaw({ agent, law, environment, today, toolOf, levelOf });
    for (let n = 1; ; n++) {
      const { done, value } = steps.next();
      if (done === true) {
        if (known.size >= MOST_KEPT) known.delete(known.keys().next().value as string);
        known.set(key, value);
        return value;
      }
      // What waits to be judged for real does not wait for this.
      if (n % AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

function difference(found: EffectiveLaw, other: EffectiveLaw, { digest: law }: Law): AgentLaw['against'] {
  const [now, then] = [linesOf(found), linesOf(other)];
  return {
    law,
    gone: now.filter((line) => !then.includes(line)),
    added: then.filter((line) => !now.includes(line)),
  };
}
