import { confidentialityRank, type EffectClass, type Integrity, type Risk } from '../vocabulary/index.ts';
import type { Question, StopScope } from './question.ts';

/**
 * A question in the words that policies use (`policies/reeve.cedarschema`): plain data, so that a policy test can write one
 * down and a verdict can be remembered by it.
 */
export interface Case {
  readonly agent: {
    readonly id: string;
    readonly tenant: string;
    readonly role: string;
    readonly status: string;
    /** The capability map holds this tool for this agent. */
    readonly granted: boolean;
  };
  readonly tool: {
    readonly id: string;
    readonly tenant: string;
    readonly class: EffectClass;
    readonly risk: Risk;
    readonly external: boolean;
    readonly clearance: number;
    readonly movesMoney: boolean;
  };
  readonly situation: {
    readonly environment: 'development' | 'production';
    /** `YYYY-MM-DD`. */
    readonly today: string;
    readonly weekday: number;
    readonly hour: number;
    readonly mandateEnds: string;
    readonly autonomy: string;
    readonly amountMinor: number;
    readonly limitMinor: number;
    readonly sameCurrency: boolean;
    readonly resourceGranted: boolean;
    readonly sameTenant: boolean;
    readonly integrity: Integrity;
    readonly confidentiality: number;
    readonly stopped: readonly StopScope[];
    readonly approvals: readonly string[];
    /** `refuse`, `ask`: what budgets without room for this ask for. */
    readonly exhausted: readonly string[];
    /** Tools that ran in the run tree before. */
    readonly ran: readonly string[];
    readonly seenUntrusted: boolean;
    readonly seenConfidentiality: number;
    readonly depth: number;
  };
}

/** The case that a question makes. Throws when agent or tool are missing: that is refused before any policy is asked. */
export function caseOf(question: Question): Case {
  const { intent, tool, toolTenant, agent, capability } = question;
  if (tool === null || toolTenant === null || agent === null) throw new Error('a case needs an agent and a tool');
  return {
    agent: {
      id: intent.agent,
      tenant: agent.tenant,
      role: agent.role,
      status: agent.status,
      granted: capability !== null && capability.tool.digest === tool.digest,
    },
    tool: {
      id: intent.tool,
      tenant: toolTenant,
      class: tool.effect,
      risk: tool.risk,
      external: tool.external,
      clearance: confidentialityRank(tool.sends),
      movesMoney: tool.amount !== undefined,
    },
    situation: situationOf(question, agent),
  };
}

function situationOf(question: Question, agent: NonNullable<Question['agent']>): Case['situation'] {
  const { intent, capability, eventTenant, stopped, environment, now, approvals, exhausted, trail, depth } = question;
  const date = new Date(now);
  const limit = capability?.upTo ?? null;
  const resources = capability?.resources ?? [];
  return {
    environment,
    today: date.toISOString().slice(0, 10),
    weekday: date.getUTCDay() === 0 ? 7 : date.getUTCDay(),
    hour: date.getUTCHours(),
    mandateEnds: agent.expires,
    autonomy: agent.autonomy,
    amountMinor: intent.amount?.minor ?? 0,
    limitMinor: limit?.minor ?? -1,
    sameCurrency: intent.amount === null || limit === null || intent.amount.currency === limit.currency,
    resourceGranted: resources.length === 0 || resources.some((prefix) => intent.resource.startsWith(prefix)),
    sameTenant: intent.tenant === eventTenant && intent.tenant === agent.tenant,
    integrity: intent.label.integrity,
    confidentiality: confidentialityRank(intent.label.confidentiality),
    stopped,
    approvals,
    exhausted,
    ran: trail.tools,
    seenUntrusted: trail.seen.integrity === 'untrusted',
    seenConfidentiality: confidentialityRank(trail.seen.confidentiality),
    depth,
  };
}
