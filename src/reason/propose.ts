import { type Agent, type Decided, type Event, type Proposal } from '../vocabulary/index.ts';
import type { Compiled } from './template.ts';

/** What came of reasoning: the decision with the row that fired, and what the agent would do about it. */
export interface Thought {
  readonly decided: Decided;
  readonly proposals: readonly Proposal[];
}

/** Event + facts + decision template -> what the agent wants to do. Touches nothing. Throws what the agent's code throws. */
export async function propose(
  agent: Agent,
  template: Compiled,
  event: Event,
  facts: Readonly<Record<string, unknown>>,
): Promise<Thought> {
  const decided = await template.decide(agent.given({ event, facts }));
  return { decided, proposals: agent.propose({ event, facts, decided: decided.output }) };
}
