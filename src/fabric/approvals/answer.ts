import { act, bindAgain, stillHolds, type ActNow, type ApprovalFact, type Law } from '../../govern/index.ts';
import type { ApprovalMoveRow } from '../../ledger/index.ts';
import {
  boundDifferences,
  digestText,
  Misuse,
  type Approval,
  type BoundField,
  type EntryDraft,
  type Intent,
  type Json,
  type PersonId,
  type Tool,
  type Verdict,
} from '../../vocabulary/index.ts';
import type { Standing } from '../standing.ts';
import { approvalMove, type Unanswerable } from './approval-rows.ts';

/** What people's answer comes to, for an intent that is at the gate. */
export type Answer =
  /** Nobody was asked, or what was asked is void: because these of its fields have changed, or because of what `why` says. */
  | { readonly kind: 'nothing'; readonly why: string; readonly fields: readonly BoundField[] }
  /** They have not answered yet. */
  | { readonly kind: 'wait'; readonly why: string }
  | { readonly kind: 'refused'; readonly verdict: Verdict }
  /** These policies are lifted for exactly this intent, which is the edited one when they edited it. */
  | {
      readonly kind: 'given';
      readonly intent: Intent;
      readonly policies: readonly string[];
      /** The approval once it is used for this. */
      readonly used: Approval;
      readonly said: readonly ApprovalFact[];
    };

export const NOTHING: Answer = nothing('more is asked now than was answered');

/** What an act depends on besides the intent. */
export interface Around {
  readonly standing: Standing;
  readonly principal: PersonId | null;
  readonly revision: string | null;
  /** Of those who answered, who may not answer so any more. */
  readonly gone: readonly PersonId[];
}

/**
 * Weighs what was asked and answered against what is at the gate now.
 *
 * INVARIANT (what-you-see-is-what-executes): every bound field is computed anew; one that differs makes it void.
 *
 * @param asks the policies that ask for an intent when it is judged with nothing lifted; null when none does
 */
export function weigh(
  before: Approval | Unanswerable | null,
  wanted: Intent,
  tool: Tool,
  around: Around,
  asks: (intent: Intent) => readonly string[] | null,
  now: number,
): Answer {
  if (before === null) return nothing('');
  switch (before.state) {
    case 'unanswerable':
      return nothing(BEFORE_ANSWERS);
    case 'void':
    case 'consumed':
      return nothing(before.why);
    case 'declined':
      return { kind: 'refused', verdict: no('declined', before) };
    case 'expired':
      return { kind: 'refused', verdict: no('expired', before) };
    case 'pending':
    case 'approved':
      return weighOpen(before, wanted, tool, around, asks, now);
  }
}

const BEFORE_ANSWERS = 'asked by an earlier version of the platform, which could not be answered';

function weighOpen(
  before: Approval,
  wanted: Intent,
  tool: Tool,
  around: Around,
  asks: (intent: Intent) => readonly string[] | null,
  now: number,
): Answer {
  const { original } = before;
  if (original !== null) {
    // What people edited must still be what the agent wanted then.
    // The version asked for is that of what the edit acts on, and compared below.
    const { resourceVersion } = original.bound;
    const fields = boundDifferences(original.bound, { ...original.bound, ...actOf(wanted, around), resourceVersion });
    if (fields.length > 0) return nothing(`what was edited has changed since: ${fields.join(', ')}`, fields);
  }
  const intent = standsFor(before, wanted, tool);
  // Named first, whatever the law says of the act as it is now.
  const changed = boundDifferences(before.bound, { ...before.bound, ...actOf(intent, around) });
  if (changed.length > 0) {
    return nothing(`what was approved is not what would be executed: ${changed.join(', ')} changed`, changed);
  }
  // What was edited so that nobody has to be asked goes on as it was edited.
  const policies = asks(intent) ?? (before.requirements.length === 0 ? [] : null);
  if (policies === null) return nothing('nobody has to be asked any more');
  const boundNow = bindAgain(before, actOf(intent, around), asking(around.standing.lawOf(intent.tenant), policies));
  const holds = stillHolds(before, boundNow, now);
  if (!holds.ok) {
    if (now < before.bound.expiresAt || holds.fields.some((field) => field !== 'expiresAt')) {
      return nothing(holds.why, holds.fields);
    }
    return { kind: 'refused', verdict: no('expired', { ...before, why: holds.why }) };
  }
  if (before.state === 'pending') return { kind: 'wait', why: before.why };
  const used = act(before, { kind: 'consume', boundNow, now, single: around.standing.single, gone: around.gone });
  if (used.kind === 'moved') return { kind: 'given', intent, policies, used: used.approval, said: used.said };
  return used.code === 'too-soon' ? { kind: 'wait', why: used.why } : nothing(used.why);
}

/** What would be executed: what the agent wants, or what people put in its place. */
export function standsFor(before: Approval | Unanswerable | null, wanted: Intent, tool: Tool): Intent {
  if (before === null || before.state === 'unanswerable' || before.original === null) return wanted;
  return withArguments(wanted, before.bound.argumentsText, tool);
}

function nothing(why: string, fields: readonly BoundField[] = []): Answer {
  return { kind: 'nothing', why, fields };
}

/** Who asks, and by which rules, as the approval protocol takes it. */
export function asking(law: Law, policies: readonly string[]) {
  return {
    policies,
    rules: law.rules,
    policyOf(id: string) {
      const policy = law.policies.get(id);
      if (policy === undefined) throw new Misuse('bad-policy', `there is no policy \`${id}\``);
      return policy;
    },
  };
}

/** The part of what is bound that follows from the act itself. */
export function actOf(intent: Intent, { standing, principal, revision }: Omit<Around, 'gone'>): ActNow {
  return {
    tenant: intent.tenant,
    run: intent.run,
    step: intent.step,
    agent: intent.agent,
    agentVersion: intent.agentVersion,
    principal,
    tool: intent.tool,
    toolDigest: intent.toolDigest,
    argumentsText: intent.argumentsText,
    amount: intent.amount,
    resource: intent.resource,
    resourceVersion: revision,
    label: intent.label,
    law: standing.lawOf(intent.tenant).digest,
  };
}

/** An intent with the arguments that people put in its place. */
export function withArguments(intent: Intent, argumentsText: string, tool: Tool): Intent {
  const given = JSON.parse(argumentsText) as Json;
  const fits = tool.input.safeParse(given);
  return {
    ...intent,
    arguments: given,
    argumentsText,
    argumentsDigest: digestText(argumentsText),
    amount: fits.success ? (tool.amount?.(fits.data) ?? null) : null,
    resource: fits.success ? (tool.resource?.(fits.data) ?? intent.resource) : intent.resource,
  };
}

/** What becomes of the approval that an intent comes with: consumed when it passes, else void. Null when nothing does. */
export function settleBefore(passing: {
  readonly before: Approval | Unanswerable | null;
  readonly answer: Answer;
  readonly verdict: Verdict;
  readonly now: number;
}): { readonly move: ApprovalMoveRow; readonly entries: readonly Pick<EntryDraft, 'kind' | 'body'>[] } | null {
  const { before, answer, verdict, now } = passing;
  if (before === null) return null;
  if (before.state === 'unanswerable') {
    const { id, rev } = before;
    const body = { approval: id, state: 'void', why: BEFORE_ANSWERS };
    const row = { intent_digest: '', policies: [], roles: [], due_at: null, content: null };
    return {
      move: { id, rev: rev + 1, state: 'void', ...row },
      entries: [{ kind: 'approval.settled', body }],
    };
  }
  if (before.state !== 'pending' && before.state !== 'approved') return null;
  if (answer.kind === 'given' && verdict.kind === 'permitted') return moved(answer.used, answer.said);
  const why =
    verdict.kind === 'refused' ? `${verdict.code}: ${verdict.why}` : answer.kind === 'nothing' ? answer.why : '';
  const fields = answer.kind === 'nothing' ? answer.fields : [];
  const after =
    answer.kind === 'refused' ? act(before, { kind: 'expire', now }) : act(before, { kind: 'void', fields, why });
  if (after.kind === 'refused') throw new Error(`an approval at the gate cannot be settled: ${after.why}`);
  return moved(after.approval, after.said);
}

function moved(approval: Approval, said: readonly ApprovalFact[]) {
  const about = { approval: approval.id, permit: approval.permit };
  return {
    move: approvalMove(approval),
    entries: said.map(({ kind, ...fact }) => ({ kind, body: { ...about, ...fact } as unknown as Json })),
  };
}

function no(code: 'declined' | 'expired', { why, requirements }: Approval): Verdict {
  return { kind: 'refused', code, policies: requirements.map(({ policy }) => policy), why };
}
