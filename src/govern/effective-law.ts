import {
  confidentialityRank,
  digest,
  type Agent,
  type AutonomyLevel,
  type Capability,
  type Digest,
  type TenantId,
  type Tool,
  type Verdict,
} from '../vocabulary/index.ts';
import { applyLaw } from './apply-law.ts';
import { durationMs } from './approval/duration.ts';
import { ruleOf } from './approval/rules.ts';
import type { Case } from './case.ts';
import type { Law } from './law.ts';
import { ORDINARY } from './ordinary-case.ts';
import { respectsOf, type Respect, type Way } from './situations.ts';

/**
 * What the law comes to for one agent: each tool that it may use, on which resources, within which limits, what happens in which
 * situation, by which policies, and who is asked. Plain data in a fixed order, so that two of them can be compared.
 */
export interface EffectiveLaw {
  readonly agent: {
    readonly name: string;
    readonly tenant: string;
    readonly role: string;
    readonly owner: string;
    readonly version: Digest;
    readonly expires: string;
  };
  readonly environment: string;
  /** Digest of the policies: the tenant's own, when it forbids more than the base set does. */
  readonly law: Digest;
  readonly capabilities: readonly CapabilityLaw[];
  /** Every policy that determines something here, by name. */
  readonly policies: Readonly<
    Record<string, { readonly effect: string; readonly why: string; readonly asks: string | null }>
  >;
}

export interface CapabilityLaw {
  readonly tool: string;
  readonly class: string;
  readonly risk: string;
  readonly external: boolean;
  /** Prefixes; empty: any. */
  readonly resources: readonly string[];
  readonly upTo: { readonly minor: number; readonly currency: string } | null;
  readonly autonomy: AutonomyLevel;
  /** In working hours, trusted and internal data, nothing seen before, an amount within all limits. */
  readonly ordinarily: Said;
  /** Where something else is said, for situations that differ from the ordinary one in one respect or in two. */
  readonly otherwise: readonly (Said & { readonly when: Readonly<Record<string, readonly string[]>> })[];
}

export interface Said {
  readonly verdict: Verdict['kind'];
  /** Those that determine it. */
  readonly policies: readonly string[];
}

export interface EffectiveLawAsked {
  readonly agent: Agent;
  /** The law of its tenant. */
  readonly law: Law;
  /** As the tool is registered now, and in which tenant; null when it is not. */
  toolOf(capability: Capability): { readonly tool: Tool; readonly tenant: TenantId } | null;
  levelOf(tool: Tool): AutonomyLevel;
  readonly environment: 'development' | 'production';
  /** `YYYY-MM-DD`: an agent whose mandate is over may do nothing. */
  readonly today: string;
}

/**
 * Judges generated situations, one at each step, and says what came of them: nothing is guessed from the policies' text. Some 200
 * situations for each capability, each up to a millisecond: step through it so that others get their turn.
 *
 * What it does not show: a policy that asks for three things at once that are all out of the ordinary.
 */
export function* effectiveLaw(asked: EffectiveLawAsked): Generator<void, EffectiveLaw> {
  const { agent, law, environment } = asked;
  const { name, tenant, role, owner, version, expires } = agent;
  const capabilities: CapabilityLaw[] = [];
  for (const capability of agent.act.toSorted((a, b) => order(a.tool.name, b.tool.name))) {
    capabilities.push(yield* lawOfCapability(capability, asked));
  }
  const named = capabilities.flatMap(({ ordinarily, otherwise }) => [ordinarily, ...otherwise]);
  return {
    agent: { name, tenant, role, owner, version, expires },
    environment,
    law: law.digest,
    capabilities,
    policies: Object.fromEntries(
      [...new Set(named.flatMap(({ policies }) => policies))].sort(order).flatMap((id) => {
        const policy = law.policies.get(id);
        return policy === undefined ? [] : [[id, { effect: policy.effect, why: policy.why, asks: asksWhom(id, law) }]];
      }),
    ),
  };
}

/** The whole of it at once, for tests and for those who have nothing else to do. */
export function effectiveLawNow(asked: EffectiveLawAsked): EffectiveLaw {
  const steps = effectiveLaw(asked);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** One line for each thing that two effective laws can differ in, so that what differs is lines. */
export function linesOf({ capabilities, policies, environment, agent }: EffectiveLaw): readonly string[] {
  return [
    `${agent.name}: version ${agent.version}, until ${agent.expires}, in ${environment}`,
    ...capabilities.flatMap(({ tool, ordinarily, otherwise, upTo, resources, autonomy }) => [
      `${tool}: ${autonomy}, ${upTo === null ? 'no money' : `up to ${upTo.minor} ${upTo.currency}`}, on ${resources.join(', ') || 'any'}`,
      `${tool}: ordinarily ${said(ordinarily)}`,
      ...otherwise.flatMap(({ when, ...what }) => everyWay(when).map((each) => `${tool}: ${each}: ${said(what)}`)),
    ]),
    ...Object.entries(policies).map(
      ([id, { effect, asks }]) => `${id}: ${effect}${asks === null ? '' : `, asks ${asks}`}`,
    ),
  ];
}

function* lawOfCapability(capability: Capability, asked: EffectiveLawAsked): Generator<void, CapabilityLaw> {
  const registered = asked.toolOf(capability);
  const tool = registered?.tool ?? capability.tool;
  const ordinary = ordinaryCase(capability, registered, asked);
  const ordinarily = sayOf(ordinary, asked.law);
  yield;
  const respects = respectsOf({ ...capability, tool }, ordinary, asked.law);
  const found: Found[] = [];
  const single = new Map<Way, Said>();
  for (const respect of respects) {
    for (const way of respect.ways) {
      const what = sayOf(way.apply(ordinary), asked.law);
      single.set(way, what);
      if (!same(what, ordinarily)) found.push({ when: [[respect, way]], what });
      yield;
    }
  }
  for (const [first, second] of pairsOf(respects.filter(({ alone }) => !alone))) {
    for (const a of first.ways) {
      for (const b of second.ways) {
        const what = sayOf(b.apply(a.apply(ordinary)), asked.law);
        if (!follows(what, single.get(a), single.get(b), ordinarily)) {
          found.push({
            when: [
              [first, a],
              [second, b],
            ],
            what,
          });
        }
        yield;
      }
    }
  }
  return {
    tool: tool.name,
    class: tool.effect,
    risk: tool.risk,
    external: tool.external,
    resources: [...capability.resources].sort(order),
    upTo: capability.upTo === null ? null : { minor: capability.upTo.minor, currency: capability.upTo.currency },
    autonomy: asked.levelOf(tool),
    ordinarily,
    otherwise: grouped(found),
  };
}

interface Found {
  readonly when: readonly (readonly [Respect, Way])[];
  readonly what: Said;
}

function ordinaryCase(
  { tool: granted, upTo }: Capability,
  registered: ReturnType<EffectiveLawAsked['toolOf']>,
  { agent, environment, today, levelOf }: EffectiveLawAsked,
): Case {
  const tool = registered?.tool ?? granted;
  const clearance = confidentialityRank(tool.sends);
  return {
    agent: {
      id: agent.name,
      tenant: agent.tenant,
      role: agent.role,
      status: 'active',
      granted: registered?.tool.digest === granted.digest,
    },
    tool: {
      id: tool.name,
      tenant: registered?.tenant ?? agent.tenant,
      class: tool.effect,
      risk: tool.risk,
      external: tool.external,
      clearance,
      movesMoney: tool.amount !== undefined,
    },
    situation: {
      ...ORDINARY.situation,
      environment,
      today,
      mandateEnds: agent.expires,
      autonomy: levelOf(tool),
      limitMinor: upTo?.minor ?? -1,
      amountMinor: tool.amount === undefined ? 0 : Math.min(1, Math.max(0, upTo?.minor ?? 0)),
      confidentiality: Math.min(1, clearance),
    },
  };
}

function sayOf(about: Case, law: Law): Said {
  const verdict = applyLaw(about, law);
  const policies = verdict.kind === 'refused' && verdict.policies.length === 0 ? [verdict.code] : verdict.policies;
  return { verdict: verdict.kind, policies: [...policies].sort(order) };
}

const HARDNESS = { permitted: 0, 'needs-approval': 1, refused: 2 } as const satisfies Record<Verdict['kind'], number>;

/** True when two ways together come to no more than each by itself: then the pair is no news. */
function follows(what: Said, ...alone: readonly (Said | undefined)[]): boolean {
  const hardest = Math.max(...alone.map((one) => (one === undefined ? 0 : HARDNESS[one.verdict])));
  const known = new Set(alone.flatMap((one) => one?.policies ?? []));
  return HARDNESS[what.verdict] === hardest && what.policies.every((id) => known.has(id));
}

/** Ways of one respect that come to the same are said together. */
function grouped(found: readonly Found[]): CapabilityLaw['otherwise'] {
  const groups = new Map<string, { what: Said; when: Map<string, Set<string>> }>();
  const keyOf = ({ when, what }: Found, open: number) =>
    JSON.stringify([what, when.map(([respect, way], i) => [respect.name, i === open ? null : way.says])]);
  for (const one of found) {
    const key = keyOf(one, one.when.length - 1);
    const group = groups.get(key) ?? { what: one.what, when: new Map<string, Set<string>>() };
    for (const [respect, way] of one.when) {
      group.when.set(respect.name, (group.when.get(respect.name) ?? new Set()).add(way.says));
    }
    groups.set(key, group);
  }
  return [...groups.values()].map(({ what, when }) => ({
    when: Object.fromEntries([...when].map(([name, ways]) => [name, [...ways]])),
    ...what,
  }));
}

function* pairsOf<T>(all: readonly T[]): Generator<readonly [T, T]> {
  for (const [i, first] of all.entries()) for (const second of all.slice(i + 1)) yield [first, second];
}

function same(a: Said, b: Said): boolean {
  return digest(a) === digest(b);
}

function said({ verdict, policies }: Said): string {
  return verdict === 'permitted' ? verdict : `${verdict} by ${policies.join(' and ')}`;
}

function everyWay(when: Readonly<Record<string, readonly string[]>>): readonly string[] {
  return Object.entries(when).reduce<readonly string[]>(
    (before, [name, ways]) =>
      ways.flatMap((way) =>
        (before.length === 0 ? [''] : before).map((text) => `${text && `${text}, `}${name} ${way}`),
      ),
    [],
  );
}

/** Who answers, stage by stage, and within which time; null for what nobody may lift. */
function asksWhom(id: string, law: Law): string | null {
  const policy = law.policies.get(id);
  if (policy === undefined || policy.approval === null) return null;
  const { stages, expires } = ruleOf(policy, law.rules);
  return `${stages.map(({ need, of }) => `${need} of ${of.join(' or ')}`).join(', then ')}, within ${spanOf(expires)}`;
}

/** A duration as people say it: whole days, else hours. */
function spanOf(iso: string): string {
  const hours = (durationMs(iso) ?? 0) / 3_600_000;
  return hours % 24 === 0 ? `${hours / 24} d` : `${Number(hours.toFixed(2))} h`;
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
