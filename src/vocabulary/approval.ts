import { digest, digestText, canonical, type Digest, type Json } from './canonical.ts';
import type { AgentId, ApprovalId, PermitId, PersonId, RunId, TenantId, ToolId } from './ids.ts';
import type { Label } from './label.ts';
import type { Money } from './money.ts';

export const APPROVAL_STATES = ['pending', 'approved', 'declined', 'expired', 'void', 'consumed'] as const;
export type ApprovalState = (typeof APPROVAL_STATES)[number];

/**
 * Everything that an answer is for. What people see is made of this and of nothing else, and all of it is computed anew at the
 * gate: with any field changed it is another question.
 *
 * INVARIANT (what-you-see-is-what-executes): the digest of this is what is approved.
 */
export interface Bound {
  readonly tenant: TenantId;
  readonly run: RunId;
  readonly step: number;
  readonly agent: AgentId;
  readonly agentVersion: Digest;
  /** On whose behalf: the person who brought the event, null when a source did. */
  readonly principal: PersonId | null;
  readonly tool: ToolId;
  readonly toolDigest: Digest;
  /** Canonical text, exactly what the tool will receive. */
  readonly argumentsText: string;
  readonly amount: Money | null;
  readonly resource: string;
  /** Version of the resource, where the tool can tell one. */
  readonly resourceVersion: string | null;
  readonly label: Label;
  /** Of the policies in force. */
  readonly law: Digest;
  /** Of the requirements: who has to answer, by which rules. */
  readonly rule: Digest;
  /** Of what was shown ({@link rendered}). */
  readonly rendered: Digest;
  /** Milliseconds since the epoch. After this no answer counts and nothing executes. */
  readonly expiresAt: number;
  readonly nonce: string;
}

/** The fields in the order in which a mismatch is named. */
export const BOUND_FIELDS = [
  'tenant',
  'run',
  'step',
  'agent',
  'agentVersion',
  'principal',
  'tool',
  'toolDigest',
  'argumentsText',
  'amount',
  'resource',
  'resourceVersion',
  'label',
  'law',
  'rule',
  'rendered',
  'expiresAt',
  'nonce',
] as const satisfies readonly (keyof Bound)[];
export type BoundField = (typeof BOUND_FIELDS)[number];

export function boundDigest(bound: Bound): Digest {
  return digest(bound);
}

/** The fields in which two differ, in the order of {@link BOUND_FIELDS}; empty when they are the same question. */
export function boundDifferences(a: Bound, b: Bound): readonly BoundField[] {
  return BOUND_FIELDS.filter((field) => canonical(a[field] as Json) !== canonical(b[field] as Json));
}

/** What is shown of an act, as data: a pure function of what would be executed, so that its digest can be bound. */
export function rendered(
  act: Pick<Bound, 'tenant' | 'agent' | 'tool' | 'argumentsText' | 'amount' | 'resource' | 'label'>,
  why: readonly string[],
): { readonly lines: readonly (readonly [string, string])[]; readonly digest: Digest } {
  const lines: (readonly [string, string])[] = [
    ['tool', act.tool],
    ['agent', act.agent],
    ['tenant', act.tenant],
    ['resource', act.resource],
    ['amount', act.amount === null ? 'no money' : `${act.amount.minor} ${act.amount.currency} (minor units)`],
    ['arguments', act.argumentsText],
    ['integrity', act.label.integrity],
    ['confidentiality', act.label.confidentiality],
    ['origins', act.label.origins.join(', ')],
    ...why.map((policy) => ['stopped by', policy] as const),
  ];
  return { lines, digest: digestText(canonical(lines)) };
}

/** One stage of a requirement: so many people, each bearing one of these approver names. */
export interface Stage {
  readonly of: readonly string[];
  readonly need: number;
}

/** People who may not answer, whatever they bear. */
export const SEPARATIONS = ['requester', 'owner', 'author'] as const;
export type Separation = (typeof SEPARATIONS)[number];

/** What one policy asks for before it lets an act pass: its approval rule, as it stood when the question was put. */
export interface Requirement {
  readonly policy: string;
  /** Name of the rule. */
  readonly rule: string;
  /** One after the other. */
  readonly stages: readonly Stage[];
  readonly separate: readonly Separation[];
  /** Whom to turn to when nobody has answered: absolute times, in order. */
  readonly escalations: readonly { readonly at: number; readonly to: string }[];
  readonly delegable: boolean;
  /** May be answered together with others. */
  readonly batch: boolean;
  /** Least time in seconds that somebody has to have had it before them. */
  readonly dwellSeconds: number;
  /** True: people must be different from those of the other requirements. */
  readonly distinct: boolean;
}

/** One person's answer. They may answer again when a further stage is theirs to answer, and for each requirement only once. */
export interface Vote {
  readonly person: PersonId;
  /** For whom, when by delegation. */
  readonly onBehalfOf: PersonId | null;
  /** Approver names under which it counts. */
  readonly as: readonly string[];
  /** The stages that it counts for: those that were open to this person when it was given. */
  readonly counts: readonly { readonly policy: string; readonly stage: number }[];
  /** By the only operator, where the rule wants somebody else: it counts as long as there is only one, and never at once. */
  readonly alone: boolean;
  readonly kind: 'approve' | 'decline';
  readonly reason: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Seconds since it was first shown to them; null when it never was. */
  readonly dwellSeconds: number | null;
  /** Digest of the question as it stood. */
  readonly bound: Digest;
}

/** A question to somebody, or an answer to one. */
export interface Remark {
  readonly person: PersonId;
  readonly to: 'requester' | 'agent-owner' | 'approvers';
  readonly text: string;
  readonly at: number;
}

/** People's answer to one exact Intent: everything about it that is kept. */
export interface Approval {
  readonly id: ApprovalId;
  readonly rev: number;
  readonly state: ApprovalState;
  readonly permit: PermitId;
  /** How often this intent was asked about: from 0; a voided question is asked anew under the next number. */
  readonly round: number;
  readonly bound: Bound;
  /** As the agent wanted it, when somebody edited it since. */
  readonly original: { readonly bound: Bound; readonly editedBy: PersonId } | null;
  readonly requirements: readonly Requirement[];
  /** The agent's owner (a team), and the authors of the policies: for the separation of duties. */
  readonly owner: string;
  readonly authors: readonly PersonId[];
  readonly votes: readonly Vote[];
  readonly remarks: readonly Remark[];
  readonly askedAt: number;
  /** How many escalations have been made, over all requirements in order of time. */
  readonly escalated: number;
  /** Who may answer besides, since an escalation: for the stage that was open when it was made. */
  readonly widened: readonly { readonly policy: string; readonly stage: number; readonly to: string }[];
  /** With one operator only: approved, but not to be used before this. Null otherwise. */
  readonly notBefore: number | null;
  /** Why it stands where it stands, for people. */
  readonly why: string;
}
