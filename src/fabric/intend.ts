import {
  canonical,
  digestText,
  type Evidence,
  type Intent,
  type Json,
  type Proposal,
  type Trail,
} from '../vocabulary/index.ts';
import type { Deliberation, Task } from './world.ts';

/**
 * A proposal as an Intent: with its canonical arguments, and what it rests on. Arguments that have no canonical form or do not
 * fit the tool's schema are not repaired: the intent carries them as they are and `govern` refuses it.
 *
 * @throws Misuse `not-canonical` when the arguments cannot even be written down.
 */
export function intend(
  task: Task,
  step: number,
  proposal: Proposal,
  { known, thought }: Deliberation,
  trail: Trail,
): Intent {
  const { agent, event, run } = task;
  const { tool } = proposal;
  const argumentsText = canonical(proposal.arguments);
  const fits = tool.input.safeParse(proposal.arguments);
  return {
    tenant: agent.tenant,
    run: run.id,
    step,
    agent: agent.name,
    agentVersion: agent.version,
    tool: tool.name,
    toolDigest: tool.digest,
    arguments: JSON.parse(argumentsText) as Json,
    argumentsText,
    argumentsDigest: digestText(argumentsText),
    amount: fits.success ? (tool.amount?.(fits.data) ?? null) : null,
    resource: fits.success ? (tool.resource?.(fits.data) ?? event.subject) : event.subject,
    why: proposal.why,
    evidence: evidenceOf(task, { known, thought }),
    label: known.label,
    trail,
  };
}

function evidenceOf({ agent, event }: Task, { known, thought }: Deliberation): readonly Evidence[] {
  return [
    { kind: 'event', event: event.id, digest: event.dataDigest },
    ...known.evidence.map((fact) => ({ kind: 'fact', ...fact }) as const),
    {
      kind: 'decision',
      template: agent.reason.name,
      version: agent.reason.version,
      row: thought.decided.row,
      digest: thought.decided.digest,
    },
  ];
}
