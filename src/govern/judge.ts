import { canonical, messageOf, type Verdict } from '../vocabulary/index.ts';
import { applyLaw, refused } from './apply-law.ts';
import { caseOf, type Case } from './case.ts';
import type { Law } from './law.ts';
import type { Question } from './question.ts';

/** Puts a case before the law; injected so that verdicts can be remembered. */
export type ApplyLaw = (about: Case, law: Law) => Verdict;

/**
 * What the law says of an intent.
 *
 * INVARIANT (same-inputs-same-verdict): no clock, no I/O, no chance; the question holds everything.
 * INVARIANT (default-deny): no permit, an error in any policy, a fault in judging: refused.
 */
export function judge(question: Question, law: Law, apply: ApplyLaw = applyLaw): Verdict {
  try {
    return beforeTheLaw(question) ?? apply(caseOf(question), law);
  } catch (error) {
    return refused('judging-failed', [], `judging failed: ${messageOf(error)}`);
  }
}

/** What needs no policy: the intent must be about something that exists, and fit it. */
function beforeTheLaw({ intent, tool, agent, subject }: Question): Verdict | null {
  if (agent === null) return refused('agent-not-active', [], `there is no agent \`${intent.agent}\``);
  if (agent.version !== intent.agentVersion) {
    return refused('agent-not-active', [], 'this version of the agent is not the registered one');
  }
  if (tool === null || tool.name !== intent.tool)
    return refused('unknown-tool', [], `there is no tool \`${intent.tool}\``);
  if (tool.digest !== intent.toolDigest) {
    return refused('unknown-tool', [], `tool \`${intent.tool}\` is not the one that the agent knew`);
  }
  const fits = tool.input.safeParse(intent.arguments);
  if (!fits.success) {
    const issue = fits.error.issues[0];
    return refused('bad-arguments', [], `\`${issue?.path.join('.') ?? ''}\`: ${issue?.message ?? 'does not fit'}`);
  }
  // The tool receives the text: it must say what the schema understood, no more and nothing else.
  if (canonical(fits.data) !== intent.argumentsText) {
    return refused('bad-arguments', [], 'the arguments hold something that the schema does not know');
  }
  // What is at stake is read from the arguments here, by the tool's own definition; the intent's word is not taken for it.
  const amount = tool.amount?.(fits.data) ?? null;
  if (amount?.minor !== intent.amount?.minor || amount?.currency !== intent.amount?.currency) {
    return refused('bad-arguments', [], 'the amount is not what the arguments say');
  }
  if ((tool.resource?.(fits.data) ?? subject) !== intent.resource) {
    return refused('bad-arguments', [], 'the resource is not what the arguments say');
  }
  return null;
}
