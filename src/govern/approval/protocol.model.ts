/**
 * The approval protocol as docs/approvals.md tells it, written a second time: without votes, digests or facts, as one set of ballots
 * and a few sentences about it. It shares nothing with `protocol.ts` but the words, so that where the two agree both have read the
 * page in the same way. For tests and the proof only; slow and short on purpose.
 */
import {
  boundDigest,
  canonical,
  type Approval,
  type ApprovalState,
  type Bound,
  type PersonId,
  type Requirement,
} from '../../vocabulary/index.ts';

/** One person's yes, for one stage of one policy's rule, in the right of `right`. */
interface Ballot {
  readonly person: PersonId;
  readonly right: PersonId;
  readonly policy: string;
  readonly stage: number;
  readonly alone: boolean;
}

export interface Model {
  readonly state: ApprovalState;
  readonly bound: Bound;
  readonly owner: string;
  readonly authors: readonly PersonId[];
  readonly rules: readonly Requirement[];
  readonly ballots: readonly Ballot[];
  /** Escalations that have been made: whom they let in, and where. */
  readonly letIn: readonly { readonly policy: string; readonly stage: number; readonly name: string }[];
  /** And those still to come, soonest first. */
  readonly toCome: readonly { readonly at: number; readonly policy: string; readonly to: string }[];
  readonly usableFrom: number;
}

interface Someone {
  readonly person: PersonId;
  readonly teams: readonly string[];
}

/** Who answers; an `AnswerContext` fits. */
export interface ModelPerson {
  readonly principal: Someone;
  readonly names: readonly string[];
  readonly delegators: readonly (Someone & {
    readonly names: readonly string[];
    readonly through?: readonly Someone[];
  })[];
  readonly now: number;
  readonly dwellSeconds: number | null;
  readonly single: boolean;
  readonly singleDelayMs: number;
}

/** What is done; the actions of the protocol fit, but for remarks, which change nothing here. */
export type ModelAction =
  | { kind: 'approve'; onBehalfOf?: PersonId | null; policies?: readonly string[] }
  | { kind: 'decline'; onBehalfOf?: PersonId | null; reason: string }
  | {
      kind: 'edit';
      onBehalfOf?: PersonId | null;
      newBound: Bound;
      requirements: readonly Requirement[];
      verdict: string;
    }
  | { kind: 'withdraw' }
  | { kind: 'void' }
  | { kind: 'consume'; boundNow: Bound; now: number; single?: boolean }
  | { kind: 'escalate' | 'expire'; now: number };

/** The model of a question that was just put. */
export function modelOf({ state, bound, owner, authors, requirements }: Approval): Model {
  return { state, bound, owner, authors, ...asked(requirements), usableFrom: 0 };
}

/** What becomes of it; the same model when it is refused. */
export function next(model: Model, action: ModelAction, who?: ModelPerson): Model {
  const { state, bound } = model;
  if (state !== 'pending' && state !== 'approved') return model;
  switch (action.kind) {
    case 'void':
      return { ...model, state: 'void' };
    case 'expire':
      return action.now >= bound.expiresAt ? { ...model, state: 'expired' } : model;
    case 'consume': {
      const same = canonical(bound) === canonical(action.boundNow);
      const alone = model.usableFrom > 0 && action.single === false;
      const inTime = action.now < bound.expiresAt && action.now >= model.usableFrom;
      return state === 'approved' && same && inTime && !alone ? { ...model, state: 'consumed' } : model;
    }
    case 'escalate': {
      if (state !== 'pending' || action.now >= bound.expiresAt) return model;
      const made = model.toCome.filter(({ at }) => at <= action.now);
      const letIn = made.map(({ policy, to }) => {
        const rule = model.rules.find((one) => one.policy === policy) as Requirement;
        return { policy, name: to, stage: openIn(model, rule, false) ?? rule.stages.length - 1 };
      });
      return { ...model, letIn: [...model.letIn, ...letIn], toCome: model.toCome.slice(made.length) };
    }
    default:
      return who === undefined || state !== 'pending' || who.now >= bound.expiresAt
        ? model
        : answer(model, action, who);
  }
}

/** The first thing in which an approval is not as the model says; null when they agree. */
export function difference(model: Model, approval: Approval): string | null {
  const counted = (of: readonly string[]) => [...of].sort().join('; ');
  // Votes for an earlier question are kept, and count for nothing.
  const question = boundDigest(approval.bound);
  const votes = approval.votes.filter(({ kind, bound }) => kind === 'approve' && bound === question);
  const real = counted(
    votes.flatMap(({ person, counts }) => counts.map((one) => `${person} ${one.policy} ${one.stage}`)),
  );
  const told = counted(model.ballots.map(({ person, policy, stage }) => `${person} ${policy} ${stage}`));
  if (model.state !== approval.state) return `it is ${approval.state}, and should be ${model.state}`;
  if (model.bound.nonce !== approval.bound.nonce) return 'it is another question';
  if (model.usableFrom !== (approval.notBefore ?? 0))
    return `usable from ${approval.notBefore}, not ${model.usableFrom}`;
  const letIn = model.letIn.map(({ policy, stage, name }) => `${policy} ${stage} ${name}`).join('; ');
  const widened = approval.widened.map(({ policy, stage, to }) => `${policy} ${stage} ${to}`).join('; ');
  if (letIn !== widened) return `escalations: ${widened} instead of ${letIn}`;
  // Whose no it was has no yes any more, and it makes no difference.
  return model.state === 'declined' || real === told ? null : `votes: ${real} instead of ${told}`;
}

function asked(rules: readonly Requirement[]): Pick<Model, 'rules' | 'ballots' | 'letIn' | 'toCome'> {
  const all = rules.flatMap(({ policy, escalations }) => escalations.map(({ at, to }) => ({ at, policy, to })));
  return { rules, ballots: [], letIn: [], toCome: all.sort((a, b) => a.at - b.at) };
}

function answer(model: Model, action: ModelAction, who: ModelPerson): Model {
  const { person } = who.principal;
  const own = model.ballots.filter((one) => [one.person, one.right].includes(person) && (who.single || !one.alone));
  switch (action.kind) {
    case 'approve':
      return withBallots(model, ballotsOf(model, who, action), who);
    case 'decline': {
      const may = ballotsOf(model, who, action).length > 0 || own.length > 0;
      return may && action.reason.trim() !== '' ? { ...model, state: 'declined' } : model;
    }
    case 'withdraw':
      return { ...model, ballots: model.ballots.filter((one) => !own.includes(one)) };
    case 'edit': {
      const { newBound, requirements } = action;
      const other = newBound.argumentsText !== model.bound.argumentsText && newBound.expiresAt <= model.bound.expiresAt;
      if (ballotsOf(model, who, action).length === 0 || !lookedAt(model.rules, ballotsOf(model, who, action), who))
        return model;
      if (!other || action.verdict === 'refused') return model;
      const edited = { ...model, bound: newBound, ...asked(requirements) };
      const approving = ballotsOf(edited, who, action);
      const after = { ...edited, ballots: approving };
      const done = completed(after, who);
      // What an only operator could use too late only is not taken at all.
      return done === 'too late' ? model : done;
    }
    default:
      return model;
  }
}

function withBallots(model: Model, ballots: readonly Ballot[], who: ModelPerson): Model {
  if (ballots.length === 0 || !lookedAt(model.rules, ballots, who)) return model;
  const done = completed({ ...model, ballots: [...model.ballots, ...ballots] }, who);
  return done === 'too late' ? model : done;
}

function lookedAt(rules: readonly Requirement[], ballots: readonly Ballot[], who: ModelPerson): boolean {
  const needed = rules
    .filter(({ policy }) => ballots.some((one) => one.policy === policy))
    .map((rule) => rule.dwellSeconds);
  return needed.every((seconds) => (who.dwellSeconds ?? 0) >= seconds);
}

/** Approved when every stage of every rule has its people; with one operator, each stage one, and then only after the delay. */
function completed(model: Model, who: ModelPerson): Model | 'too late' {
  if (model.rules.every((rule) => openIn(model, rule, false) === null)) return { ...model, state: 'approved' };
  if (!who.single || model.rules.some((rule) => openIn(model, rule, true) !== null)) return model;
  const usableFrom = who.now + who.singleDelayMs;
  return usableFrom >= model.bound.expiresAt ? 'too late' : { ...model, state: 'approved', usableFrom };
}

function openIn({ ballots }: Model, { policy, stages }: Requirement, single: boolean): number | null {
  for (const [stage, { need }] of stages.entries()) {
    const there = ballots.filter((one) => one.policy === policy && one.stage === stage && (single || !one.alone));
    if (new Set(there.map(({ person }) => person)).size < (single ? 1 : need)) return stage;
  }
  return null;
}

/** The ballots that somebody's yes would be, in the first right in which it is any; none when they may not answer. */
function ballotsOf(
  model: Model,
  who: ModelPerson,
  { onBehalfOf, policies }: { onBehalfOf?: PersonId | null; policies?: readonly string[] },
): readonly Ballot[] {
  const me = { ...who.principal, names: who.names, through: [] };
  const named = onBehalfOf === null ? me.person : onBehalfOf;
  for (const right of [me, ...who.delegators]) {
    if (named !== undefined && right.person !== named) continue;
    const chain: readonly Someone[] = [me, right, ...(right.through ?? [])];
    const all = model.rules.flatMap((rule) =>
      policies?.includes(rule.policy) === false ? [] : inRule(rule, right, chain),
    );
    const first = model.rules.find(({ policy }) => policy === all[0]?.policy);
    const kept = all.filter(
      ({ policy }) => who.single || policy === first?.policy || !(first?.distinct === true || isDistinct(policy)),
    );
    const shared = new Set(kept.map(({ policy }) => policy)).size > 1 && kept.some(({ policy }) => isDistinct(policy));
    if (kept.length > 0)
      return kept.map((one) => ({ ...one, alone: one.alone || shared || kept.some(({ alone }) => alone) }));
  }
  return [];

  function isDistinct(policy: string): boolean {
    return model.rules.some((rule) => rule.policy === policy && rule.distinct);
  }

  function inRule(
    rule: Requirement,
    right: Someone & { names: readonly string[] },
    chain: readonly Someone[],
  ): Ballot[] {
    const kept = rule.separate.some((word) =>
      chain.some(({ person, teams }) =>
        word === 'requester'
          ? person === model.bound.principal
          : word === 'author'
            ? model.authors.includes(person)
            : teams.includes(model.owner),
      ),
    );
    const both = [me.person, right.person];
    const clash = model.ballots.some(
      (one) =>
        (who.single || !one.alone) &&
        (both.includes(one.person) || both.includes(one.right)) &&
        (one.policy === rule.policy || rule.distinct || isDistinct(one.policy)),
    );
    if (right.person !== me.person && !rule.delegable) return [];
    if ((kept || clash) && !who.single) return [];
    const found: Ballot[] = [];
    const from = openIn(model, rule, who.single) ?? rule.stages.length;
    for (let stage = from; stage < rule.stages.length; stage++) {
      const letIn = model.letIn
        .filter((one) => one.policy === rule.policy && one.stage === stage)
        .map(({ name }) => name);
      const named = [...(rule.stages[stage]?.of ?? []), ...letIn].some((name) => right.names.includes(name));
      const filled = model.ballots.some((one) => one.policy === rule.policy && one.stage === stage);
      if (filled && stage > from) continue;
      if (!named || (stage > from && !who.single)) break;
      found.push({
        person: me.person,
        right: right.person,
        policy: rule.policy,
        stage,
        alone: kept || clash || stage > from,
      });
    }
    return found;
  }
}
