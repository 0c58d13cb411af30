import { bindAgain, stillHolds, type ActNow, type Law } from '../../govern/index.ts';
import type { ApprovalMoveRow } from '../../ledger/index.ts';
import {
  boundDifferences,
  boundDigest,
  digestText,
  Misuse,
  type Approval,
  type ApprovalState,
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
  /** Nobody was asked, or what was asked is void. */
  | { readonly kind: 'nothing'; readonly why: string }
  /** They have not answered yet. */
  | { readonly kind: 'wait'; readonly why: string }
  | { readonly kind: 'refused'; readonly verdict: Verdict }
  /** These policies are lifted for exactly this intent, which is the edited one when they edited it. */
  | { readonly kind: 'given'; readonly intent: Intent; readonly policies: readonly string[] };

export const NOTHING: Answer = { kind: 'nothing', why: 'more is asked now than was answered' };

/** What an act depends on besides the intent. */
export interface Around {
  readonly standing: Standing;
  readonly principal: PersonId | null;
  readonly revision: string | null;
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
  if (before === null) return { kind: 'nothing', why: '' };
  switch (before.state) {
    case 'unanswerable':
      return { kind: 'nothing', why: 'asked by an earlier version of the platform' };
    case 'void':
    case 'consumed':
      return { kind: 'nothing', why: before.why };
    case 'declined':
      return { kind: 'refused', verdict: no('declined', before) };
    case 'expired':
      return { kind: 'refused', verdict: no('expired', before) };
    case 'pending':
    case 'approved': {
      const intent = before.original === null ? wanted : edited(wanted, before, tool);
      const changed =
        before.original === null
          ? []
          : boundDifferences(before.original.bound, { ...before.original.bound, ...actOf(wanted, around) });
      if (changed.length > 0) return { kind: 'nothing', why: `changed since it was asked: ${changed.join(', ')}` };
      const policies = asks(intent);
      if (policies === null) return { kind: 'nothing', why: 'nobody has to be asked any more' };
      const holds = stillHolds(
        before,
        bindAgain(before, actOf(intent, around), asking(around.standing.law, policies)),
        now,
      );
      if (!holds.ok) {
        const isLate = holds.fields.length === 1 && holds.fields[0] === 'expiresAt';
        if (isLate) return { kind: 'refused', verdict: no('expired', { ...before, why: holds.why }) };
        return { kind: 'nothing', why: holds.why };
      }
      if (before.state === 'pending' || (before.notBefore ?? 0) > now) return { kind: 'wait', why: before.why };
      return { kind: 'given', intent, policies };
    }
  }
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
export function actOf(intent: Intent, { standing, principal, revision }: Around): ActNow {
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
    law: standing.law.digest,
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

function edited(wanted: Intent, { bound }: Approval, tool: Tool): Intent {
  return withArguments(wanted, bound.argumentsText, tool);
}

/** What becomes of the approval that an intent comes with: consumed when it passes, else void. Null when nothing does. */
export function settleBefore(passing: {
  readonly before: Approval | Unanswerable | null;
  readonly answer: Answer;
  readonly verdict: Verdict;
}): { readonly move: ApprovalMoveRow; readonly entry: Pick<EntryDraft, 'kind' | 'body'> } | null {
  const { before, answer, verdict } = passing;
  if (before === null) return null;
  if (before.state === 'unanswerable') {
    const move = {
      id: before.id,
      rev: before.rev + 1,
      state: 'void',
      intent_digest: '',
      policies: [],
      roles: [],
      due_at: null,
      content: null,
    };
    return {
      move,
      entry: {
        kind: 'approval.settled',
        body: { approval: before.id, state: 'void', why: 'asked by an earlier version of the platform' },
      },
    };
  }
  if (before.state !== 'pending' && before.state !== 'approved') return null;
  const state: ApprovalState =
    answer.kind === 'given' && verdict.kind === 'permitted'
      ? 'consumed'
      : answer.kind === 'refused'
        ? 'expired'
        : 'void';
  const why =
    state === 'consumed'
      ? 'used'
      : answer.kind === 'nothing'
        ? answer.why
        : verdict.kind === 'refused'
          ? `${verdict.code}: ${verdict.why}`
          : '';
  const after: Approval = { ...before, rev: before.rev + 1, state, why };
  const body = { approval: before.id, permit: before.permit, digest: boundDigest(before.bound), state, why };
  return {
    move: approvalMove(after),
    entry: { kind: state === 'consumed' ? 'approval.consumed' : 'approval.settled', body },
  };
}

function no(code: 'declined' | 'expired', { why, requirements }: Approval): Verdict {
  return { kind: 'refused', code, policies: requirements.map(({ policy }) => policy), why };
}
