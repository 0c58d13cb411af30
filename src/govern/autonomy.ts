import {
  AUTONOMY_LEVELS,
  type AgentId,
  type AutonomyLevel,
  type Document,
  type PersonId,
  type ToolId,
} from '../vocabulary/index.ts';
import { bindingsThatDiffer, type Bindings, type Evidence } from './evidence.ts';
import { fewestFor, upperBound } from './upper-bound.ts';

/** A level that an agent version has earned for a tool. */
export interface Promotion {
  readonly form: 'promotion';
  readonly agent: AgentId;
  readonly tool: ToolId;
  readonly from: AutonomyLevel;
  readonly level: AutonomyLevel;
  readonly evidence: Evidence;
  /** Upper bound of the error rate that the evidence shows, at `confidence`. */
  readonly bound: number;
  readonly confidence: number;
  /** Milliseconds since the epoch. */
  readonly until: number;
  readonly by: readonly PersonId[];
  readonly reason: string;
}

/** No version of this agent has more than this, until a motion lifts it. */
export interface Ceiling {
  readonly form: 'ceiling';
  readonly agent: AgentId;
  /** Null: every tool. */
  readonly tool: ToolId | null;
  readonly level: AutonomyLevel;
  /** The incident that made it; null when somebody lowered it. */
  readonly incident: string | null;
  readonly by: PersonId;
  readonly reason: string;
}

/** Whose level, for what, as it is now. */
export interface AutonomyAsked {
  readonly agent: AgentId;
  readonly tool: ToolId;
  readonly declared: AutonomyLevel;
  readonly bindings: Bindings;
}

/** A level, and what it comes from. */
export interface Effective {
  readonly level: AutonomyLevel;
  readonly declared: AutonomyLevel;
  /** The promotion that counts. */
  readonly promotion: Document<Promotion> | null;
  /** Why the promotion that there is does not count; null when it does, or there is none. */
  readonly lost: string | null;
  readonly ceilings: readonly Document<Ceiling>[];
}

/** What earns each level: the upper bound of the error rate at this confidence. Null: it is not earned but declared. */
export const PROMOTION_NEEDS: Readonly<
  Record<AutonomyLevel, { readonly mostErrors: number; readonly confidence: number } | null>
> = {
  L0: null,
  // At L0 nothing but reading passes the law, so nothing is on record that could be evidence.
  L1: null,
  L2: { mostErrors: 0.1, confidence: 0.95 },
  L3: { mostErrors: 0.05, confidence: 0.95 },
  L4: { mostErrors: 0.01, confidence: 0.95 },
  L5: { mostErrors: 0.005, confidence: 0.95 },
};

/** How long what was earned lasts, and how old evidence may be. */
const EARNED_DAYS = 90;
export const EARNED_MS = EARNED_DAYS * 86_400_000;
/** What a severe incident leaves: a person decides everything. */
export const AFTER_INCIDENT: AutonomyLevel = 'L1';

type AutonomyDocument = Document<Promotion | Ceiling>;
const byAgent = new WeakMap<readonly Document[], ReadonlyMap<AgentId, readonly AutonomyDocument[]>>();

/**
 * How freely an agent may act now: the level declared in code, or what it has earned since, and never above a ceiling. Pure.
 *
 * INVARIANT (autonomy-is-earned): a promotion counts only for exactly the agent version, tool, template and policies that its
 * evidence is of, and only until it ends; a ceiling holds for every version.
 *
 * @param documents of kind `autonomy`, those in force
 */
export function effectiveAutonomy(
  asked: AutonomyAsked,
  documents: readonly Document[] | undefined,
  now: number,
): Effective {
  const { declared, tool } = asked;
  let level = declared;
  let promotion: Effective['promotion'] = null;
  let lost: string | null = null;
  const ceilings: Document<Ceiling>[] = [];
  for (const document of documentsOf(asked.agent, documents)) {
    const { content } = document;
    if (content.form === 'ceiling') {
      if (content.tool === null || content.tool === tool) ceilings.push(document as Document<Ceiling>);
    } else if (content.tool === tool) {
      lost = whyLost(content, asked.bindings, now);
      if (lost === null) promotion = document as Document<Promotion>;
    }
  }
  if (promotion !== null) level = higher(level, promotion.content.level);
  for (const { content } of ceilings) level = lower(level, content.level);
  return { level, declared, promotion, lost, ceilings };
}

/** Why a promotion does not count; null when it does. */
export function whyLost(
  { evidence, until }: Pick<Promotion, 'evidence' | 'until'>,
  bindings: Bindings,
  now: number,
): string | null {
  if (now >= until) return `its ${EARNED_DAYS} days are over`;
  const changed = bindingsThatDiffer(evidence.bindings, bindings);
  return changed.length === 0 ? null : `earned under another ${changed.map((name) => NAME_OF[name]).join(', ')}`;
}

const NAME_OF = {
  agentVersion: 'version of the agent',
  toolDigest: 'definition of the tool',
  template: 'decision template',
  law: 'set of policies',
} as const satisfies Record<keyof Bindings, string>;

/** What is asked for, what is claimed for it, and what the ledger says. */
export interface PromotionAsked {
  readonly asked: AutonomyAsked;
  readonly to: AutonomyLevel;
  readonly effective: Effective;
  /** As the motion states it. */
  readonly claimed: Evidence;
  /** The same, counted again over the same entries. */
  readonly recounted: Evidence;
  /** Counted up to now. */
  readonly current: Evidence;
}

export type PromotionAnswer =
  | { readonly kind: 'earned'; readonly bound: number; readonly confidence: number }
  | { readonly kind: 'refused'; readonly because: PromotionRefusal; readonly why: string };
export type PromotionRefusal = 'not-the-next-level' | 'ceiling' | 'foreign' | 'stale' | 'forged' | 'insufficient';

/** Whether a promotion is earned. Pure; the figures are the ledger's, never the claim's. */
export function weighPromotion({ asked, to, effective, claimed, recounted, current }: PromotionAsked): PromotionAnswer {
  const no = (because: PromotionRefusal, why: string): PromotionAnswer => ({ kind: 'refused', because, why });
  if (effective.ceilings.length > 0) {
    return no('ceiling', `it was lowered to ${effective.level}: that has to be lifted first`);
  }
  const next = levelAbove(effective.level);
  if (to !== next) {
    return no('not-the-next-level', `it is at ${effective.level}: one level at a time${next ? `, so ${next}` : ''}`);
  }
  const needs = PROMOTION_NEEDS[to];
  if (needs === null) {
    return no('insufficient', `nothing at ${effective.level} is evidence for ${to}: declare it in the agent's code`);
  }
  const isItsOwn =
    claimed.agent === asked.agent &&
    claimed.tool === asked.tool &&
    claimed.bindings.agentVersion === asked.bindings.agentVersion;
  if (!isItsOwn) return no('foreign', 'the evidence is of another agent, version or tool');
  const changed = bindingsThatDiffer(claimed.bindings, asked.bindings);
  if (changed.length > 0) {
    return no('stale', `the evidence is of another ${changed.map((name) => NAME_OF[name]).join(', ')}`);
  }
  if (!isSame(claimed, recounted)) return no('forged', 'the ledger does not say what the evidence says');
  if (current.fromSeq !== claimed.fromSeq)
    return no('stale', 'something has happened since that starts the count anew');
  const { clean, errors } = current;
  const bound = upperBound(errors, clean + errors, needs.confidence);
  if (bound > needs.mostErrors) {
    return no(
      'insufficient',
      `${figures(current)} show at most ${percent(bound)} errors at ${percent(needs.confidence)}; ${to} needs ` +
        `${percent(needs.mostErrors)}: with ${errors} errors, ${fewestFor(needs.mostErrors, needs.confidence, errors)} acts`,
    );
  }
  return { kind: 'earned', bound, confidence: needs.confidence };
}

export function levelAbove(level: AutonomyLevel): AutonomyLevel | null {
  return AUTONOMY_LEVELS[AUTONOMY_LEVELS.indexOf(level) + 1] ?? null;
}

export function isLower(a: AutonomyLevel, b: AutonomyLevel): boolean {
  return AUTONOMY_LEVELS.indexOf(a) < AUTONOMY_LEVELS.indexOf(b);
}

/** Evidence in words, for people. */
function figures({ clean, errors }: Pick<Evidence, 'clean' | 'errors'>): string {
  return `${clean + errors} acts that people looked at, ${errors} of them wrong,`;
}

function isSame(a: Evidence, b: Evidence): boolean {
  return (
    a.digest === b.digest &&
    a.clean === b.clean &&
    a.errors === b.errors &&
    a.fromSeq === b.fromSeq &&
    a.toSeq === b.toSeq
  );
}

function percent(share: number): string {
  // Up, so that what is just too much does not read as just enough.
  return `${Math.ceil(Number((share * 10_000).toPrecision(12))) / 100} %`;
}

function higher(a: AutonomyLevel, b: AutonomyLevel): AutonomyLevel {
  return isLower(a, b) ? b : a;
}

function lower(a: AutonomyLevel, b: AutonomyLevel): AutonomyLevel {
  return isLower(a, b) ? a : b;
}

/** Asked at every gate: looked up by agent, once for each state of the law. */
function documentsOf(agent: AgentId, documents: readonly Document[] | undefined): readonly AutonomyDocument[] {
  if (documents === undefined) return [];
  let index = byAgent.get(documents);
  if (index === undefined) {
    index = Map.groupBy(documents as readonly AutonomyDocument[], ({ content }) => content.agent);
    byAgent.set(documents, index);
  }
  return index.get(agent) ?? [];
}
