import {
  boundDifferences,
  boundDigest,
  type Approval,
  type ApprovalState,
  type Bound,
  type BoundField,
  type Digest,
  type FaultCode,
  type PersonId,
  type Remark,
  type Requirement,
  type Verdict,
  type Vote,
} from '../../vocabulary/index.ts';
import { showDuration } from './duration.ts';
import { seatFor, type AnswerContext, type Seat } from './eligible.ts';
import { ruleDigest, shownOf, stillHolds } from './open.ts';
import { isComplete, openStage, standingVotes, waitingFor } from './stages.ts';

/** What a person does. */
export type Answering =
  | {
      readonly kind: 'approve';
      readonly reason: string;
      /** Null: in their own right. Left out: in their own right if they have one, else for the first who delegated to them. */
      readonly onBehalfOf?: PersonId | null;
      /** Only for these, where people must be different for each. */
      readonly policies?: readonly string[];
    }
  | { readonly kind: 'decline'; readonly reason: string; readonly onBehalfOf?: PersonId | null }
  | {
      readonly kind: 'edit';
      /** As `bindEdit` makes it, of the act as it was edited and judged again. */
      readonly newBound: Bound;
      readonly requirements: readonly Requirement[];
      /** From when their times are counted; the moment of the answer comes after it. */
      readonly askedAt: number;
      /** What the law says of the edited act. */
      readonly verdict: Verdict['kind'];
      readonly reason: string;
      readonly onBehalfOf?: PersonId | null;
    }
  | { readonly kind: 'ask'; readonly to: 'requester' | 'agent-owner'; readonly text: string }
  | { readonly kind: 'reply'; readonly text: string }
  | { readonly kind: 'withdraw'; readonly reason?: string };

/** What happens to it without anybody's answer. */
export type Happening =
  | { readonly kind: 'void'; readonly fields: readonly BoundField[]; readonly why: string }
  | {
      readonly kind: 'consume';
      readonly boundNow: Bound;
      readonly now: number;
      /** Whether one person still runs the installation alone; what one approved alone is not used when others are there. */
      readonly single?: boolean;
    }
  | { readonly kind: 'escalate'; readonly now: number }
  | { readonly kind: 'expire'; readonly now: number };

export type ApprovalAction = Answering | Happening;

/** What goes on the ledger: kind of the entry, and the rest of its body. */
export type ApprovalFact =
  | {
      readonly kind: 'approval.answered';
      readonly answer: Answering['kind'];
      readonly person: PersonId;
      readonly onBehalfOf: PersonId | null;
      readonly as: readonly string[];
      readonly counts: Vote['counts'];
      readonly reason: string;
      readonly dwellSeconds: number | null;
      /** Digest of the question that it answers. */
      readonly bound: Digest;
      /** The question that takes its place, after an edit. */
      readonly edited: Bound | null;
      /** True: they answered alone where the rule wants somebody else. */
      readonly singleOperator: boolean;
    }
  | {
      readonly kind: 'approval.escalated';
      readonly policy: string;
      readonly stage: number;
      readonly to: string;
      readonly at: number;
    }
  | {
      readonly kind: 'approval.settled';
      readonly state: Exclude<ApprovalState, 'pending' | 'consumed'>;
      readonly why: string;
      readonly bound: Digest;
      /** What had changed, when that made it void. */
      readonly fields: readonly BoundField[];
      /** When it may be used, after an approval by the only operator. */
      readonly notBefore: number | null;
      readonly singleOperator: boolean;
    }
  | { readonly kind: 'approval.consumed'; readonly bound: Digest };

export type Moved = { readonly kind: 'moved'; readonly approval: Approval; readonly said: readonly ApprovalFact[] };
export type NotMoved = {
  readonly kind: 'refused';
  readonly code: FaultCode;
  readonly why: string;
  readonly fix?: string;
};

/** Longest reason or remark, in characters, and most remarks that one question takes. */
const LONGEST_TEXT = 4_000;
const MOST_REMARKS = 200;

/**
 * What becomes of an approval when somebody answers, or when time passes. Pure: the same approval, action and context give the same.
 * Whatever is refused changes nothing.
 *
 * INVARIANT (silence-never-approves): only a vote makes an approval approved; the end of its time makes it expired.
 */
export function act(approval: Approval, action: Happening): Moved | NotMoved;
export function act(approval: Approval, action: ApprovalAction, context: AnswerContext): Moved | NotMoved;
export function act(approval: Approval, action: ApprovalAction, context?: AnswerContext): Moved | NotMoved {
  switch (action.kind) {
    case 'void':
      return isOpen(approval)
        ? settle(approval, 'void', action.why, { fields: action.fields })
        : alreadyAnswered(approval);
    case 'consume':
      return consume(approval, action);
    case 'escalate':
      return escalate(approval, action.now);
    case 'expire':
      return expire(approval, action.now);
    default: {
      if (context === undefined) return refused('forbidden', 'an answer is always some person’s');
      if (approval.state !== 'pending') return alreadyAnswered(approval);
      if (context.now >= approval.bound.expiresAt) {
        return refused('already-answered', 'its time is over: silence was the answer, and that refuses');
      }
      return answer(approval, action, context);
    }
  }
}

/** When something has to be done about it: the next escalation or the end; for what an only operator approved, when it may be used. */
export function dueAt(approval: Approval, now?: number): number | null {
  if (!isOpen(approval)) return null;
  const { expiresAt } = approval.bound;
  if (approval.state === 'approved') {
    const waits = approval.notBefore !== null && (now === undefined || now < approval.notBefore);
    return waits ? Math.min(approval.notBefore ?? expiresAt, expiresAt) : expiresAt;
  }
  return Math.min(escalationsOf(approval)[approval.escalated]?.at ?? expiresAt, expiresAt);
}

function answer(approval: Approval, action: Answering, context: AnswerContext): Moved | NotMoved {
  switch (action.kind) {
    case 'approve':
      return approve(approval, action, context);
    case 'decline':
      return decline(approval, action, context);
    case 'edit':
      return edit(approval, action, context);
    case 'ask':
      return ask(approval, action, context);
    case 'reply':
      return reply(approval, action, context);
    case 'withdraw':
      return withdraw(approval, action, context);
  }
}

function approve(
  approval: Approval,
  action: Extract<Answering, { kind: 'approve' }>,
  context: AnswerContext,
): Moved | NotMoved {
  if (action.reason.length > LONGEST_TEXT) return tooLong();
  const seat = seatFor(approval, context, action);
  if (typeof seat === 'string') return refused('forbidden', seat);
  const early = looked(seat, context);
  if (early !== null) return early;
  const vote = voteOf(approval, 'approve', action.reason, seat, context);
  return afterVote({ ...approval, votes: [...approval.votes, vote] }, [answered('approve', vote)], context);
}

/** One who may answer, and says no, has said no for all. */
function decline(
  approval: Approval,
  action: Extract<Answering, { kind: 'decline' }>,
  context: AnswerContext,
): Moved | NotMoved {
  if (action.reason.trim() === '')
    return refused('bad-request', 'say why it is declined: the agent’s owner has to know');
  if (action.reason.length > LONGEST_TEXT) return tooLong();
  const own = ownVotes(approval, context);
  const found = seatFor(approval, context, action);
  const [before] = own;
  if (typeof found === 'string' && before === undefined) return refused('forbidden', found);
  const seat: Seat =
    typeof found !== 'string'
      ? found
      : { ...(before as Vote), counts: own.flatMap(({ counts }) => counts), dwellSeconds: 0 };
  const vote = voteOf(approval, 'decline', action.reason, seat, context);
  const votes = [...approval.votes.filter((one) => !own.includes(one)), vote];
  const why = `declined by ${context.principal.name}: ${action.reason}`;
  return settle({ ...approval, votes }, 'declined', why, { said: [answered('decline', vote)] });
}

/** Another question takes its place: what was answered before is void, and the editor approves it where they may. */
function edit(
  approval: Approval,
  action: Extract<Answering, { kind: 'edit' }>,
  context: AnswerContext,
): Moved | NotMoved {
  if (action.reason.length > LONGEST_TEXT) return tooLong();
  const seat = seatFor(approval, context, action);
  if (typeof seat === 'string') return refused('forbidden', seat);
  const early = looked(seat, context);
  if (early !== null) return early;
  if (action.verdict === 'refused') return refused('forbidden', 'the law refuses the act as it was edited');
  const fault = faultOfEdit(approval, action);
  if (fault !== null) return refused('bad-request', fault);

  const { newBound, requirements, askedAt } = action;
  const edited: Approval = {
    ...approval,
    bound: newBound,
    original: { bound: approval.original?.bound ?? approval.bound, editedBy: context.principal.person },
    requirements,
    askedAt,
    escalated: 0,
    widened: [],
  };
  const again = seatFor(edited, context, action);
  const counts: Seat = typeof again === 'string' ? { ...seat, as: [], counts: [], alone: false } : again;
  const vote = voteOf(edited, 'approve', action.reason, counts, context);
  const fact = { ...answered('edit', vote), bound: boundDigest(approval.bound), edited: newBound };
  // Somebody whose answer counts nowhere in the new question has edited, and not approved.
  const votes = counts.counts.length > 0 || requirements.length === 0 ? [...approval.votes, vote] : approval.votes;
  return afterVote({ ...edited, votes }, [fact], context);
}

/** What an edit may not change: who does it, where, with which tool; and nothing may make the question last longer. */
const KEPT_BY_EDIT = [
  'tenant',
  'run',
  'step',
  'agent',
  'agentVersion',
  'principal',
  'tool',
  'toolDigest',
] as const satisfies readonly BoundField[];

function faultOfEdit(
  { bound }: Approval,
  { newBound, requirements, verdict }: Extract<Answering, { kind: 'edit' }>,
): string | null {
  const changed = boundDifferences(bound, newBound);
  const kept = KEPT_BY_EDIT.find((field) => changed.includes(field));
  if (kept !== undefined) return `an edit cannot change \`${kept}\``;
  if (!changed.includes('argumentsText')) return 'nothing was edited: the arguments are the same';
  if (!changed.includes('nonce')) return 'an edit puts another question: its nonce must be new';
  if (newBound.expiresAt > bound.expiresAt) return 'an edit cannot make a question last longer';
  if (newBound.rule !== ruleDigest(requirements)) return 'the edited question is not bound to its requirements';
  if (newBound.rendered !== shownOf(newBound, requirements).digest)
    return 'the edited question is not bound to what is shown';
  if ((verdict === 'permitted') !== (requirements.length === 0))
    return 'the requirements do not follow from the verdict';
  return null;
}

function ask(
  approval: Approval,
  action: Extract<Answering, { kind: 'ask' }>,
  context: AnswerContext,
): Moved | NotMoved {
  const seat = seatFor(approval, context, {});
  if (typeof seat === 'string' && ownVotes(approval, context).length === 0) return refused('forbidden', seat);
  return remark(approval, { to: action.to, text: action.text }, 'ask', context);
}

function reply(
  approval: Approval,
  { text }: Extract<Answering, { kind: 'reply' }>,
  context: AnswerContext,
): Moved | NotMoved {
  const { person, teams } = context.principal;
  const concerned =
    person === approval.bound.principal ||
    teams.includes(approval.owner) ||
    ownVotes(approval, context).length > 0 ||
    typeof seatFor(approval, context, {}) !== 'string';
  if (!concerned) return refused('forbidden', 'only who asked, the agent’s owners and the approvers speak here');
  return remark(approval, { to: 'approvers', text }, 'reply', context);
}

function remark(
  approval: Approval,
  { to, text }: Pick<Remark, 'to' | 'text'>,
  kind: 'ask' | 'reply',
  context: AnswerContext,
): Moved | NotMoved {
  if (text.trim() === '') return refused('bad-request', 'there is nothing in it');
  if (text.length > LONGEST_TEXT) return tooLong();
  if (approval.remarks.length >= MOST_REMARKS) return refused('bad-request', `no more than ${MOST_REMARKS} remarks`);
  const { person } = context.principal;
  const remarks = [...approval.remarks, { person, to, text, at: context.now }];
  const fact: ApprovalFact = {
    ...answered(kind, { person, onBehalfOf: null, as: [], counts: [], reason: text, alone: false }),
    dwellSeconds: context.dwellSeconds,
    bound: boundDigest(approval.bound),
  };
  return moved({ ...approval, remarks }, [fact]);
}

function withdraw(
  approval: Approval,
  { reason = '' }: Extract<Answering, { kind: 'withdraw' }>,
  context: AnswerContext,
): Moved | NotMoved {
  if (reason.length > LONGEST_TEXT) return tooLong();
  const own = ownVotes(approval, context);
  const [first] = own;
  if (first === undefined) return refused('bad-request', 'you have no answer here that could be withdrawn');
  const left = { ...approval, votes: approval.votes.filter((vote) => !own.includes(vote)) };
  const counts = own.flatMap((vote) => vote.counts);
  const fact = answered('withdraw', { ...first, counts, reason });
  return moved({ ...left, why: waitingFor(left, context.single) }, [fact]);
}

/** INVARIANT (what-you-see-is-what-executes): used once, as it was answered, in time. */
function consume(
  approval: Approval,
  { boundNow, now, single }: Extract<Happening, { kind: 'consume' }>,
): Moved | NotMoved {
  if (approval.state !== 'approved') {
    return approval.state === 'pending'
      ? refused('forbidden', 'people have not approved it')
      : alreadyAnswered(approval);
  }
  const holds = stillHolds(approval, boundNow, now);
  if (!holds.ok) return refused('changed-meanwhile', holds.why, 'ask again: it is another question now');
  if (approval.notBefore !== null && now < approval.notBefore) {
    return refused('too-soon', `approved by the only operator: usable in ${showDuration(approval.notBefore - now)}`);
  }
  if (approval.notBefore !== null && single === false) {
    return refused('needs-second-person', 'one person approved it alone, and others are there now', 'ask again');
  }
  // Looked at once more: whoever wrote `approved` into a row has not cast a vote.
  if (!isComplete(approval, approval.notBefore !== null))
    return refused('forbidden', 'its votes do not make it approved');
  return moved({ ...approval, state: 'consumed', why: 'used' }, [
    { kind: 'approval.consumed', bound: boundDigest(approval.bound) },
  ]);
}

/** Adds to the names that may answer the open stage; never takes from how many have to. */
function escalate(approval: Approval, now: number): Moved | NotMoved {
  if (approval.state !== 'pending') return alreadyAnswered(approval);
  if (now >= approval.bound.expiresAt) return refused('too-soon', 'its time is over: it expires, and is not escalated');
  const due = escalationsOf(approval)
    .slice(approval.escalated)
    .filter(({ at }) => at <= now);
  if (due.length === 0) return refused('too-soon', 'no escalation is due');
  const votes = standingVotes(approval, false);
  const said = due.map(({ requirement, to, at }): Extract<ApprovalFact, { kind: 'approval.escalated' }> => {
    // Through already, and yet somebody may withdraw: then the last stage is the one that opens again.
    const stage = openStage(requirement, votes, false) ?? requirement.stages.length - 1;
    return { kind: 'approval.escalated', policy: requirement.policy, stage, to, at };
  });
  const next: Approval = {
    ...approval,
    escalated: approval.escalated + due.length,
    widened: [...approval.widened, ...said.map(({ policy, stage, to }) => ({ policy, stage, to }))],
  };
  return moved({ ...next, why: waitingFor(next, false) }, said);
}

/** INVARIANT (silence-never-approves). */
function expire(approval: Approval, now: number): Moved | NotMoved {
  if (!isOpen(approval)) return alreadyAnswered(approval);
  if (now < approval.bound.expiresAt) return refused('too-soon', 'its time is not over');
  const why =
    approval.state === 'approved'
      ? 'approved, and not used in time'
      : `nobody answered in time, or too few did: ${approval.why}`;
  return settle(approval, 'expired', why, {});
}

function afterVote(approval: Approval, said: readonly ApprovalFact[], context: AnswerContext): Moved | NotMoved {
  if (!isComplete(approval, context.single)) {
    return moved({ ...approval, why: waitingFor(approval, context.single) }, said);
  }
  const by = `approved by ${context.principal.name}`;
  if (isComplete(approval, false)) return settle(approval, 'approved', by, { said });
  const notBefore = context.now + context.singleDelayMs;
  if (notBefore >= approval.bound.expiresAt) {
    return refused('needs-second-person', 'what you approve alone would be usable only after it expires');
  }
  const why = `SINGLE OPERATOR: ${by} alone, where the rule wants others; usable after a delay of ${showDuration(context.singleDelayMs)}`;
  return settle({ ...approval, notBefore }, 'approved', why, { said, singleOperator: true });
}

function settle(
  approval: Approval,
  state: 'approved' | 'declined' | 'expired' | 'void',
  why: string,
  more: {
    readonly said?: readonly ApprovalFact[];
    readonly fields?: readonly BoundField[];
    readonly singleOperator?: boolean;
  },
): Moved {
  const { said = [], fields = [], singleOperator = false } = more;
  const { notBefore } = approval;
  const bound = boundDigest(approval.bound);
  return moved({ ...approval, state, why }, [
    ...said,
    { kind: 'approval.settled', state, why, bound, fields, notBefore, singleOperator },
  ]);
}

function moved(approval: Approval, said: readonly ApprovalFact[]): Moved {
  return { kind: 'moved', approval: { ...approval, rev: approval.rev + 1 }, said };
}

function refused(code: FaultCode, why: string, fix?: string): NotMoved {
  return { kind: 'refused', code, why, ...(fix !== undefined && { fix }) };
}

function alreadyAnswered({ state, why }: Approval): NotMoved {
  return refused('already-answered', `it is ${state} already${why === '' ? '' : `: ${why}`}`);
}

function tooLong(): NotMoved {
  return refused('bad-request', `no more than ${LONGEST_TEXT} characters`);
}

/** Something may still happen to it. */
function isOpen({ state }: Approval): boolean {
  return state === 'pending' || state === 'approved';
}

/** Null when they have had it before them long enough to say yes. No is never too early. */
function looked({ dwellSeconds }: Seat, context: AnswerContext): NotMoved | null {
  const seen = context.dwellSeconds ?? 0;
  if (seen >= dwellSeconds) return null;
  const so =
    context.dwellSeconds === null ? 'it has not been shown to you yet' : `you have had it before you for ${seen} s`;
  return refused(
    'too-soon',
    `${so}, and the rule asks for ${dwellSeconds} s`,
    'look at what would be executed, then answer',
  );
}

function ownVotes(approval: Approval, { principal, single }: AnswerContext): readonly Vote[] {
  return standingVotes(approval, single).filter(({ person }) => person === principal.person);
}

function voteOf(
  { bound }: Approval,
  kind: Vote['kind'],
  reason: string,
  { onBehalfOf, as, counts, alone }: Seat,
  { principal, now, dwellSeconds }: AnswerContext,
): Vote {
  const { person } = principal;
  return { person, onBehalfOf, as, counts, alone, kind, reason, at: now, dwellSeconds, bound: boundDigest(bound) };
}

function answered(
  kind: Answering['kind'],
  vote: Pick<Vote, 'person' | 'onBehalfOf' | 'as' | 'counts' | 'reason' | 'alone'> & Partial<Vote>,
): Extract<ApprovalFact, { kind: 'approval.answered' }> {
  const { person, onBehalfOf, as, counts, reason, alone, dwellSeconds = null, bound } = vote;
  return {
    kind: 'approval.answered',
    answer: kind,
    person,
    onBehalfOf,
    as,
    counts,
    reason,
    dwellSeconds,
    bound: bound ?? ('' as Digest),
    edited: null,
    singleOperator: alone,
  };
}

/** Of all requirements, in order of time. */
function escalationsOf({ requirements }: Approval) {
  return requirements
    .flatMap((requirement) => requirement.escalations.map((escalation) => ({ ...escalation, requirement })))
    .sort((a, b) => a.at - b.at);
}
