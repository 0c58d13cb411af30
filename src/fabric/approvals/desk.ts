import {
  act,
  bundleKey,
  checkBatch,
  eligible,
  shownOf,
  type AnswerContext,
  type Answering,
  type Eligibility,
  type Law,
} from '../../govern/index.ts';
import {
  approverNames,
  boundDigest,
  digest,
  isFault,
  may,
  Misuse,
  type Approval,
  type ApprovalId,
  type Digest,
  type Json,
  type PersonId,
  type Principal,
  type Right,
} from '../../vocabulary/index.ts';
import { lawsInForce } from '../standing.ts';
import type { ApprovalRecords } from './approval-rows.ts';
import type { Delegations } from './delegations.ts';
import { sweepApprovals } from './due.ts';
import { editOf, type EditingOptions } from './edit.ts';
import { putMoved, type PutOptions } from './put.ts';
import type { Reconsidering } from './reconsider.ts';
import type { Shown } from './shown.ts';

/** What somebody does about an approval. Every answer names the question that they saw, by its digest. */
export type PersonsAnswer =
  | {
      readonly kind: 'approve';
      readonly digest: Digest;
      readonly reason?: string | undefined;
      readonly onBehalfOf?: PersonId | null | undefined;
      readonly policies?: readonly string[] | undefined;
    }
  | {
      readonly kind: 'decline';
      readonly digest: Digest;
      readonly reason: string;
      readonly onBehalfOf?: PersonId | null | undefined;
    }
  | {
      readonly kind: 'edit';
      readonly digest: Digest;
      readonly arguments: Json;
      readonly reason?: string | undefined;
      readonly onBehalfOf?: PersonId | null | undefined;
    }
  | { readonly kind: 'withdraw'; readonly digest: Digest; readonly reason?: string | undefined }
  | { readonly kind: 'ask'; readonly to: 'requester' | 'agent-owner'; readonly text: string }
  | { readonly kind: 'reply'; readonly text: string };

/** One of several that are answered together. */
export interface BatchItem {
  readonly id: ApprovalId;
  readonly digest: Digest;
}
export type BatchResult =
  | { readonly id: ApprovalId; readonly ok: true; readonly approval: Approval }
  | { readonly id: ApprovalId; readonly ok: false; readonly code: string; readonly why: string };

/** An approval as one person sees it. */
export interface Seen {
  readonly approval: Approval;
  readonly digest: Digest;
  /** What would be executed, and nothing else: what the digest `rendered` is of. */
  readonly lines: readonly (readonly [string, string])[];
  readonly eligibility: Eligibility;
  /** The policies that stopped it, in the words of the law in force. */
  readonly stoppedBy: readonly { readonly policy: string; readonly why: string }[];
  /** For each stage of each requirement, how many have approved the question as it stands. */
  readonly progress: readonly { readonly policy: string; readonly stage: number; readonly approved: number }[];
  /** The same for requests that are alike. */
  readonly bundle: Digest;
}

/** Where people answer. Nothing that matters is in memory: what is settled goes on from the record. */
export interface Desk {
  /**
   * @throws Misuse `approval-not-found` also when it is in a tenant where they may not; `changed-meanwhile` when the digest is not
   * that of the question as it stands; what the protocol refuses, with its code; what an edit throws.
   */
  answer(by: Principal, id: ApprovalId, answer: PersonsAnswer): Promise<Approval>;
  /** Approves or declines several, each bound by its own digest; one that fails takes nothing from the others. */
  answerAll(
    by: Principal,
    items: readonly BatchItem[],
    answer: { readonly kind: 'approve' | 'decline'; readonly reason: string },
  ): Promise<readonly BatchResult[]>;
  /** As somebody sees them, in a list. */
  see(by: Principal, approvals: readonly Approval[]): Promise<readonly Seen[]>;
  /** As somebody opens it; from now on it counts as shown to them. @throws Misuse `approval-not-found`. */
  open(by: Principal, id: ApprovalId): Promise<Seen>;
  /** Approver names under which somebody may answer anywhere: their own and those lent to them. */
  namesOf(by: Principal): Promise<readonly string[]>;
  /** Does what is due; after a change of the law, also {@link Desk.reconsider}. */
  sweep(): Promise<void>;
  /** The law, or an agent, is another one: what waits for people under the old one goes back to the gate. */
  reconsider(): void;
  /** Some answer could not be weighed at the gate: it comes there again in a while. */
  putOff(): void;
  /** Resolves when nothing is on its way back to the gate. */
  settled(): Promise<void>;
  stop(): void;
}

export interface DeskOptions extends EditingOptions, PutOptions {
  readonly records: EditingOptions['records'];
  readonly approvals: Pick<ApprovalRecords, 'find' | 'due'>;
  readonly delegations: Pick<Delegations, 'lentTo' | 'namesLentTo'>;
  readonly shown: Shown;
  readonly reconsidering: Reconsidering;
  readonly singleDelayMs: number;
}

/** Of people who answer the same question at once, one after the other gets through. */
const MOST_TRIES = 50;
/** How long after the gate could not weigh an answer it comes there again. */
const AGAIN_MS = 10_000;

export function createDesk(options: DeskOptions): Desk {
  const { approvals, clock, reconsidering } = options;
  let putOffAt: number | null = null;
  let consideredUnder = digest(lawsInForce(options.standing()));

  return {
    answer,
    async answerAll(by, items, { kind, reason }) {
      const twice = items.find(({ id }, i) => items.findIndex((one) => one.id === id) !== i);
      if (twice !== undefined) throw new Misuse('bad-request', `\`${twice.id}\` is named twice`);
      const found = await Promise.all(items.map(({ id }) => approvals.find(id)));
      const { apart } = checkBatch(found.filter((one) => one !== null));
      const whyApart = new Map(apart.map(({ id, why }) => [id, why]));
      return Promise.all(
        items.map(async ({ id, digest }): Promise<BatchResult> => {
          try {
            // Whether it is there at all is not said of what they may not see.
            await findFor(by, id, 'approvals.answer');
            const why = items.length > 1 ? whyApart.get(id) : undefined;
            if (why !== undefined) return { id, ok: false, code: 'bad-request', why };
            return { id, ok: true, approval: await answer(by, id, { kind, digest, reason }) };
          } catch (error) {
            if (!isFault(error)) throw error;
            return { id, ok: false, code: error.code, why: error.message };
          }
        }),
      );
    },
    async see(by, all) {
      const contexts = new Map<string, AnswerContext>();
      const seen: Seen[] = [];
      for (const approval of all) {
        const { tenant } = approval.bound;
        const context = contexts.get(tenant) ?? (await contextOf(by, approval, null));
        contexts.set(tenant, context);
        seen.push(seenBy(by, approval, context, options.standing().lawOf(tenant)));
      }
      return seen;
    },
    async open(by, id) {
      const approval = await findFor(by, id, 'record.read');
      const since = await options.shown.note(approval, by.person, clock.now());
      const law = options.standing().lawOf(approval.bound.tenant);
      return seenBy(by, approval, await contextOf(by, approval, since), law);
    },
    async namesOf(by) {
      const own = by.grants.flatMap(({ role, as }) => (role === 'approver' && as !== null ? [as] : []));
      return [...new Set([...own, ...(await options.delegations.namesLentTo(by.person))])];
    },
    async sweep() {
      const laws = digest(lawsInForce(options.standing()));
      const isTime = putOffAt !== null && clock.now() - putOffAt >= AGAIN_MS;
      if (isTime) putOffAt = null;
      if (isTime || laws !== consideredUnder) reconsidering.begin();
      consideredUnder = laws;
      await sweepApprovals(options);
    },
    reconsider: () => reconsidering.begin(),
    putOff() {
      putOffAt ??= clock.now();
    },
    settled: () => reconsidering.settled(),
    stop: () => reconsidering.stop(),
  };

  async function answer(by: Principal, id: ApprovalId, given: PersonsAnswer): Promise<Approval> {
    for (let tries = 1; ; tries++) {
      const approval = await findFor(by, id, given.kind === 'reply' ? 'record.read' : 'approvals.answer');
      checkSame(approval, given);
      const context = await contextOf(by, approval, await options.shown.since(approval, by.person));
      const moved = act(approval, await actionOf(approval, given), context);
      if (moved.kind === 'refused') {
        throw new Misuse(moved.code, moved.why, moved.fix === undefined ? {} : { fix: moved.fix });
      }
      const put = await putMoved(options, moved, clock.now());
      if (put !== null) return put;
      if (tries === MOST_TRIES)
        throw new Misuse('changed-meanwhile', 'others answer this at the same time: look again');
    }
  }

  /** What is in another tenant is answered like what does not exist. */
  async function findFor(by: Principal, id: ApprovalId, right: Right): Promise<Approval> {
    const approval = await approvals.find(id);
    if (approval === null || !may(by, 'record.read', approval.bound.tenant)) {
      throw new Misuse('approval-not-found', `there is no approval \`${id}\``);
    }
    if (!may(by, right, approval.bound.tenant)) {
      throw new Misuse('forbidden', `this needs the right \`${right}\` in \`${approval.bound.tenant}\``);
    }
    return approval;
  }

  async function contextOf(by: Principal, { bound }: Approval, since: number | null): Promise<AnswerContext> {
    const now = clock.now();
    return {
      principal: by,
      names: approverNames(by, bound.tenant),
      delegators: await options.delegations.lentTo(by.person, bound.tenant),
      now,
      dwellSeconds: since === null ? null : Math.max(0, Math.floor((now - since) / 1_000)),
      single: options.standing().single,
      singleDelayMs: options.singleDelayMs,
    };
  }

  async function actionOf(approval: Approval, given: PersonsAnswer): Promise<Answering> {
    switch (given.kind) {
      case 'edit':
        return { ...(await editOf(options, approval, given.arguments)), ...said(given) };
      case 'approve': {
        const { policies } = given;
        return { kind: 'approve', ...said(given), ...(policies !== undefined && { policies }) };
      }
      case 'decline':
        return { kind: 'decline', ...said(given) };
      case 'withdraw':
        return { kind: 'withdraw', reason: given.reason ?? '' };
      case 'ask':
      case 'reply':
        return given;
    }
  }
}

function said({ reason = '', onBehalfOf }: Extract<PersonsAnswer, { kind: 'approve' | 'decline' | 'edit' }>) {
  return { reason, ...(onBehalfOf !== undefined && { onBehalfOf }) };
}

/** INVARIANT (what-you-see-is-what-executes): an answer is to the question that was seen, or to none. */
function checkSame({ bound, state }: Approval, given: PersonsAnswer): void {
  if (!('digest' in given) || state !== 'pending' || given.digest === boundDigest(bound)) return;
  throw new Misuse('changed-meanwhile', 'this is not the question any more that you saw', {
    fix: 'look at it again: somebody has edited it, or it was asked anew',
  });
}

function seenBy(by: Principal, approval: Approval, context: AnswerContext, law: Law): Seen {
  const { bound, requirements } = approval;
  const own = boundDigest(bound);
  const hasRight = may(by, 'approvals.answer', bound.tenant);
  const no = { may: false, why: 'this needs the right `approvals.answer`', onBehalfOf: null, waitSeconds: 0 };
  return {
    approval,
    digest: own,
    lines: shownOf(bound, requirements).lines,
    eligibility: hasRight ? eligible(approval, context) : no,
    stoppedBy: requirements.map(({ policy }) => ({ policy, why: law.policies.get(policy)?.why ?? '' })),
    progress: requirements.flatMap(({ policy, stages }) =>
      stages.map((_, stage) => ({ policy, stage, approved: approvedBy(approval, own, policy, stage) })),
    ),
    bundle: bundleKey(approval),
  };
}

function approvedBy({ votes }: Approval, bound: Digest, policy: string, stage: number): number {
  const people = votes
    .filter((vote) => vote.kind === 'approve' && vote.bound === bound)
    .filter(({ counts }) => counts.some((one) => one.policy === policy && one.stage === stage))
    .map(({ person }) => person);
  return new Set(people).size;
}
