import type { Approval, PersonId, Principal, Requirement, Separation, Vote } from '../../vocabulary/index.ts';
import { namesFor, neededFor, approvalsOf, openStage, standingVotes } from './stages.ts';

/** Who answers, and what is known of them at that moment. */
export interface AnswerContext {
  readonly principal: Pick<Principal, 'person' | 'name' | 'teams'>;
  /** Approver names that they bear in the approval's tenant. */
  readonly names: readonly string[];
  /** For whom they may answer, as `delegatorsOf` says. */
  readonly delegators: readonly Delegator[];
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Seconds since it was first shown to them; null when it never was. */
  readonly dwellSeconds: number | null;
  /** Whether one person runs this installation alone. */
  readonly single: boolean;
  /** What takes the second person's place then. */
  readonly singleDelayMs: number;
}

/** Somebody who lent their approver names to the person who answers. */
export interface Delegator {
  readonly person: PersonId;
  readonly names: readonly string[];
  readonly teams: readonly string[];
  /** Who passed them on, when they did not come straight from their owner. */
  readonly through?: readonly { readonly person: PersonId; readonly teams: readonly string[] }[];
}

export interface Eligibility {
  readonly may: boolean;
  /** Why not; or for what their answer counts. */
  readonly why: string;
  /** For whom it would be, when by delegation. */
  readonly onBehalfOf: PersonId | null;
  /** How many seconds they still have to have it before them before they may approve. */
  readonly waitSeconds: number;
}

/** Where an answer would count. */
export interface Seat {
  readonly onBehalfOf: PersonId | null;
  readonly as: readonly string[];
  readonly counts: Vote['counts'];
  readonly alone: boolean;
  readonly dwellSeconds: number;
}

/** Whether somebody may answer now, and why not: what a door shows beside the button. */
export function eligible(approval: Approval, context: AnswerContext): Eligibility {
  const no = (why: string): Eligibility => ({ may: false, why, onBehalfOf: null, waitSeconds: 0 });
  if (approval.state !== 'pending') return no(`it is ${approval.state} already`);
  if (context.now >= approval.bound.expiresAt) return no('its time is over');
  const seat = seatFor(approval, context, {});
  if (typeof seat === 'string') return no(seat);
  return {
    may: true,
    why: `counts for ${seat.counts.map(({ policy, stage }) => `${policy}, stage ${stage + 1}`).join('; ')}`,
    onBehalfOf: seat.onBehalfOf,
    waitSeconds: Math.max(0, seat.dwellSeconds - (context.dwellSeconds ?? 0)),
  };
}

/**
 * Where somebody's answer would count: in their own right if they have one, else in that of the first who delegated to them. A
 * sentence that says why not, when it would count nowhere.
 *
 * @param choice for whom, and for which policies, when the person says so
 */
export function seatFor(
  approval: Approval,
  context: AnswerContext,
  choice: { readonly onBehalfOf?: PersonId | null | undefined; readonly policies?: readonly string[] | undefined },
): Seat | string {
  const own: Delegator = { person: context.principal.person, names: context.names, teams: context.principal.teams };
  const rights = [own, ...context.delegators].filter(
    ({ person }) => choice.onBehalfOf === undefined || person === (choice.onBehalfOf ?? own.person),
  );
  const reasons: Obstacle[] = [];
  const votes = standingVotes(approval, context.single);
  for (const right of rights) {
    const seat = seatBy(approval, context, right, choice.policies, votes, reasons);
    if (seat !== null) return seat;
  }
  if (rights.length === 0) return 'they have not delegated to you';
  if (reasons.length === 0) return 'none of these policies asks for it';
  return reasons.reduce((worst, one) => (one.rank > worst.rank ? one : worst)).why;
}

/** Why an answer does not count for a requirement. Of several, the one of the highest rank is told. */
interface Obstacle {
  readonly rank: number;
  readonly why: string;
}

interface Slot {
  readonly requirement: Requirement;
  readonly stage: number;
  readonly as: readonly string[];
  readonly alone: boolean;
}

function seatBy(
  approval: Approval,
  context: AnswerContext,
  right: Delegator,
  policies: readonly string[] | undefined,
  votes: readonly Vote[],
  reasons: Obstacle[],
): Seat | null {
  const slots: Slot[] = [];
  for (const requirement of approval.requirements) {
    if (policies !== undefined && !policies.includes(requirement.policy)) continue;
    const found = slotsIn(approval, context, right, requirement, votes);
    if ('why' in found) reasons.push(found);
    else slots.push(...found);
  }
  const [first] = slots;
  if (first === undefined) return null;
  const kept = context.single
    ? slots
    : first.requirement.distinct
      ? [first]
      : slots.filter(({ requirement }) => !requirement.distinct);
  return {
    onBehalfOf: right.person === context.principal.person ? null : right.person,
    as: [...new Set(kept.flatMap(({ as }) => as))],
    counts: kept.map(({ requirement, stage }) => ({ policy: requirement.policy, stage })),
    alone: kept.some(({ alone }) => alone) || distinctShared(kept),
    dwellSeconds: Math.max(...kept.map(({ requirement }) => requirement.dwellSeconds)),
  };
}

/** Only ever true with one operator. */
function distinctShared(slots: readonly Slot[]): boolean {
  const requirements = new Set(slots.map(({ requirement }) => requirement));
  return requirements.size > 1 && [...requirements].some(({ distinct }) => distinct);
}

/** Where it counts within one requirement: its open stage. With one operator, that and those after it. */
function slotsIn(
  approval: Approval,
  context: AnswerContext,
  right: Delegator,
  requirement: Requirement,
  votes: readonly Vote[],
): readonly Slot[] | Obstacle {
  const { single } = context;
  const open = openStage(requirement, votes, single);
  if (open === null) return { rank: 0, why: 'enough people have answered this' };
  const asked = namesFor(approval, requirement, open);
  const as = asked.filter((name) => right.names.includes(name));
  if (as.length === 0) return { rank: 1, why: `this waits for ${asked.map((name) => `\`${name}\``).join(' or ')}` };
  const own = right.person === context.principal.person;
  if (!own && !requirement.delegable) {
    return { rank: 2, why: `the rule \`${requirement.rule}\` takes no answers on behalf of others` };
  }
  const obstacle =
    separated(approval, context, right, requirement) ?? answeredAlready(approval, context, right, requirement, votes);
  if (obstacle !== null && !single) return obstacle;
  const slots: Slot[] = [{ requirement, stage: open, as, alone: obstacle !== null }];
  for (let stage = open + 1; single && stage < requirement.stages.length; stage++) {
    if (approvalsOf(votes, requirement.policy, stage) >= neededFor(requirement, stage, single)) continue;
    const also = namesFor(approval, requirement, stage).filter((name) => right.names.includes(name));
    if (also.length === 0) break;
    slots.push({ requirement, stage, as: also, alone: true });
  }
  return slots;
}

const SEPARATED_BY = {
  requester: 'asked for this',
  owner: 'belongs to the team that owns the agent',
  author: 'wrote a policy or template that this rests on',
} as const satisfies Record<Separation, string>;

/** Neither who answers, nor for whom, nor who passed the right on may be one of those whom the rule keeps out. */
function separated(
  approval: Approval,
  { principal }: AnswerContext,
  right: Delegator,
  { separate, rule }: Requirement,
): Obstacle | null {
  const answering = [principal, right, ...(right.through ?? [])];
  const is: Record<Separation, (one: { person: PersonId; teams: readonly string[] }) => boolean> = {
    requester: ({ person }) => person === approval.bound.principal,
    owner: ({ teams }) => approval.owner !== '' && teams.includes(approval.owner),
    author: ({ person }) => approval.authors.includes(person),
  };
  for (const kind of separate) {
    const who = answering.find(is[kind]);
    if (who !== undefined) {
      const said = who.person === principal.person ? 'you are one who' : 'you would answer for one who';
      return { rank: 5, why: `${said} ${SEPARATED_BY[kind]}, and the rule \`${rule}\` wants somebody else` };
    }
  }
  return null;
}

/** A person counts once for a requirement, by whatever way their answer comes; and once in all where people must be different. */
function answeredAlready(
  { requirements }: Approval,
  { principal }: AnswerContext,
  right: Delegator,
  requirement: Requirement,
  votes: readonly Vote[],
): Obstacle | null {
  const here = new Set<PersonId>([principal.person, right.person]);
  for (const vote of votes) {
    if (!here.has(vote.person) && !(vote.onBehalfOf !== null && here.has(vote.onBehalfOf))) continue;
    for (const { policy } of vote.counts) {
      const other = requirements.find((one) => one.policy === policy);
      if (policy === requirement.policy) {
        const who = vote.person === principal.person ? 'you have' : 'this person, or somebody for them, has';
        return { rank: 4, why: `${who} answered this already` };
      }
      if (requirement.distinct || other?.distinct === true) {
        return { rank: 3, why: `this wants somebody who has not answered for \`${policy}\`` };
      }
    }
  }
  return null;
}
