import {
  boundDifferences,
  digest,
  Misuse,
  rendered,
  type Approval,
  type ApprovalId,
  type Bound,
  type BoundField,
  type Digest,
  type PermitId,
  type PersonId,
  type Requirement,
} from '../../vocabulary/index.ts';
import { addWorking } from './calendar.ts';
import { durationMs } from './duration.ts';
import { ruleOf, type AskingPolicy, type Rules } from './rules.ts';
import { waitingFor } from './stages.ts';

/** What would be executed: all of a question that is the act's own. The rest follows from who is asked, and when. */
export type ActNow = Omit<Bound, 'rule' | 'rendered' | 'expiresAt' | 'nonce'>;

/** Who asks for an approval, and by which rules. */
export interface Asking {
  /** Ids of the policies that ask. */
  readonly policies: readonly string[];
  policyOf(id: string): AskingPolicy | undefined;
  readonly rules: Rules;
}

export interface Opening extends Asking {
  readonly id: ApprovalId;
  readonly permit: PermitId;
  readonly round: number;
  readonly act: ActNow;
  /** The team that owns the agent. */
  readonly owner: string;
  /** Who wrote the policies and templates. */
  readonly authors: readonly PersonId[];
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Never used before: no two questions are the same. */
  readonly nonce: string;
}

/**
 * Puts a question: a pending approval, bound to the act, the rules, what is shown of it, the end and the nonce.
 *
 * @throws Misuse `bad-policy` when nobody asks, or a policy or its rule is not there.
 */
export function openApproval(opening: Opening): Approval {
  const { requirements, expiresAt } = requirementsOf(opening, opening.now);
  if (requirements.length === 0) throw new Misuse('bad-policy', 'no policy asks, so there is nothing to approve');
  const approval: Approval = {
    id: opening.id,
    rev: 1,
    state: 'pending',
    permit: opening.permit,
    round: opening.round,
    bound: bind(opening.act, requirements, expiresAt, opening.nonce),
    original: null,
    requirements,
    owner: opening.owner,
    authors: opening.authors,
    votes: [],
    remarks: [],
    askedAt: opening.now,
    escalated: 0,
    widened: [],
    notBefore: null,
    why: '',
  };
  return { ...approval, why: waitingFor(approval, false) };
}

/**
 * Who has to answer, and until when; a pure function of the rules and of when it is asked. The first rule to run out ends it all,
 * and what would be escalated after that is not. Throws as {@link openApproval}.
 *
 * @param now milliseconds since the epoch, from when times are counted
 * @param notAfter the latest end
 */
export function requirementsOf(
  asking: Asking,
  now: number,
  notAfter: number = Number.MAX_SAFE_INTEGER,
): { readonly requirements: readonly Requirement[]; readonly expiresAt: number } {
  // By name, so that whoever lists them in another order asks the same.
  const ruled = [...new Set(asking.policies)].sort().map((id) => {
    const policy = asking.policyOf(id);
    if (policy === undefined) throw new Misuse('bad-policy', `there is no policy \`${id}\` that could ask`);
    return { policy: id, rule: ruleOf(policy, asking.rules) };
  });
  const expiresAt = Math.min(notAfter, ...ruled.map(({ rule }) => now + (durationMs(rule.expires) ?? 0)));
  const requirements = ruled.map(({ policy, rule }): Requirement => ({
    policy,
    rule: rule.name,
    stages: rule.stages,
    separate: rule.separate,
    escalations: rule.escalate
      .map(({ after, calendar, to }) => ({
        at: addWorking(
          now,
          durationMs(after) ?? 0,
          calendar === undefined ? null : (asking.rules.calendars[calendar] ?? null),
        ),
        to,
      }))
      .filter(({ at }) => at < expiresAt)
      .sort((a, b) => a.at - b.at),
    delegable: rule.delegable,
    batch: rule.batch,
    dwellSeconds: rule.dwellSeconds,
    distinct: rule.distinct,
  }));
  return { requirements, expiresAt };
}

/**
 * The question as it would be put now: what the act is now, who has to answer, and what would be shown of it; only the end and the
 * nonce are the approval's own. {@link stillHolds} compares.
 *
 * @param asking the policies that ask now, when judged without approvals, and the rules in force. Without it the requirements on
 * the approval are digested as they are: then the law's digest must cover the rules.
 * @throws Misuse `bad-policy` when a policy or its rule is not there any more.
 */
export function bindAgain(approval: Approval, act: ActNow, asking?: Asking): Bound {
  const { expiresAt, nonce } = approval.bound;
  const requirements =
    asking === undefined ? approval.requirements : requirementsOf(asking, approval.askedAt, expiresAt).requirements;
  return bind(act, requirements, expiresAt, nonce);
}

/**
 * The question that an edit puts, for the action `edit`: the edited act, under the rules that ask for it. It never ends later than
 * the one whose place it takes. No requirements: nothing stops the edited act any more.
 */
export function bindEdit(
  approval: Approval,
  edited: Asking & { readonly act: ActNow; readonly now: number; readonly nonce: string },
): { readonly newBound: Bound; readonly requirements: readonly Requirement[]; readonly askedAt: number } {
  const { requirements, expiresAt } = requirementsOf(edited, edited.now, approval.bound.expiresAt);
  return { newBound: bind(edited.act, requirements, expiresAt, edited.nonce), requirements, askedAt: edited.now };
}

/**
 * Whether the question that people answered is the one that stands now. With no fields named, its time is over.
 *
 * INVARIANT (what-you-see-is-what-executes): any bound field that differs makes the answer void.
 */
export function stillHolds(
  approval: Approval,
  boundNow: Bound,
  now: number,
): { readonly ok: true } | { readonly ok: false; readonly fields: readonly BoundField[]; readonly why: string } {
  const fields = boundDifferences(approval.bound, boundNow);
  if (fields.length > 0) return { ok: false, fields, why: `changed since it was asked: ${fields.join(', ')}` };
  if (now >= approval.bound.expiresAt) return { ok: false, fields, why: 'its time is over' };
  return { ok: true };
}

/** Digest of who has to answer, as it is bound. */
export function ruleDigest(requirements: readonly Requirement[]): Digest {
  return digest(requirements);
}

/** What people are shown: the lines, and the digest that is bound. */
export function shownOf(act: ActNow, requirements: readonly Requirement[]): ReturnType<typeof rendered> {
  return rendered(
    act,
    requirements.map(({ policy }) => policy),
  );
}

function bind(act: ActNow, requirements: readonly Requirement[], expiresAt: number, nonce: string): Bound {
  const { digest: shown } = shownOf(act, requirements);
  return { ...act, rule: ruleDigest(requirements), rendered: shown, expiresAt, nonce };
}
