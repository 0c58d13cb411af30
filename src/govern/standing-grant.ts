import {
  approverNames,
  digest,
  type AgentId,
  type Digest,
  type Document,
  type Intent,
  type Money,
  type PersonId,
  type Principal,
  type RoleGrant,
  type TenantId,
  type ToolId,
  type Verdict,
} from '../vocabulary/index.ts';
import { ruleOf, type Rule } from './approval/rules.ts';
import type { Law } from './law.ts';

/** An answer given in advance: to equal requests for a while, or to all that the glass was broken for. */
export interface StandingGrant {
  /** `standing`: for equal requests. `break-glass`: in an emergency, for an hour at most. */
  readonly form: 'standing' | 'break-glass';
  /** Null, with broken glass only: every agent of the tenant. */
  readonly agent: AgentId | null;
  /** Null, with broken glass only: every tool. */
  readonly tool: ToolId | null;
  /** Definition of the tool for which it was given; null with every tool. */
  readonly toolDigest: Digest | null;
  /** What it lifts, each with a digest of the policy and of its approval rule: changed, they are not lifted. */
  readonly lifts: readonly { readonly policy: string; readonly digest: Digest }[];
  /** Prefix of the resources; empty: any. */
  readonly resource: string;
  /** The most in one act. Null: no act that moves money; with broken glass, whatever the policies that are not lifted allow. */
  readonly upTo: Money | null;
  readonly uses: number;
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly until: number;
  readonly by: readonly PersonId[];
  readonly reason: string;
}

/** What a grant comes to for one intent. */
export interface Granted {
  readonly id: string;
  readonly form: StandingGrant['form'];
  /** Policies lifted for it. */
  readonly policies: readonly string[];
  readonly uses: number;
}

const digests = new WeakMap<Law, Map<string, Digest | null>>();

/**
 * The grant in force that answers for all that this verdict asks; null when none does. Pure. One that ends sooner goes first, and
 * those in `except` (used up) are passed over. It lifts only what people may lift at all, so no stop and no ceiling.
 *
 * INVARIANT (grants-are-narrow): agent, tool, resource, amount, policies and time all have to fit, and nobody's own request is
 * answered by a grant of theirs.
 *
 * @param documents of kind `standing-grant`, those in force
 */
export function grantFor(
  documents: readonly Document[] | undefined,
  intent: Intent,
  verdict: Extract<Verdict, { kind: 'needs-approval' }>,
  law: Law,
  around: { readonly principal: PersonId | null; readonly now: number; readonly except?: ReadonlySet<string> },
): Granted | null {
  if (documents === undefined || documents.length === 0) return null;
  const [found] = (documents as readonly Document<StandingGrant>[])
    .filter(
      ({ id, tenant, content }) =>
        tenant === intent.tenant && around.except?.has(id) !== true && covers(content, intent, verdict, law, around),
    )
    .sort((a, b) => a.content.until - b.content.until || (a.id < b.id ? -1 : 1));
  return found === undefined
    ? null
    : { id: found.id, form: found.content.form, policies: verdict.policies, uses: found.content.uses };
}

function covers(
  grant: StandingGrant,
  intent: Intent,
  { policies }: { readonly policies: readonly string[] },
  law: Law,
  { principal, now }: { readonly principal: PersonId | null; readonly now: number },
): boolean {
  return (
    now >= grant.from &&
    now < grant.until &&
    (grant.agent === null || grant.agent === intent.agent) &&
    (grant.tool === null || (grant.tool === intent.tool && grant.toolDigest === intent.toolDigest)) &&
    intent.resource.startsWith(grant.resource) &&
    coversAmount(grant, intent.amount) &&
    (principal === null || !grant.by.includes(principal)) &&
    policies.every((id) => lifts(grant, id, law))
  );
}

function coversAmount({ form, upTo }: StandingGrant, amount: Money | null): boolean {
  if (amount === null) return true;
  if (upTo === null) return form === 'break-glass';
  return amount.currency === upTo.currency && amount.minor <= upTo.minor;
}

function lifts(grant: StandingGrant, policy: string, law: Law): boolean {
  const lifted = grant.lifts.find((one) => one.policy === policy);
  return lifted !== undefined && lifted.digest === liftDigest(law, policy);
}

/** What lifting a policy means now: its text and who has to answer for it. Null when nobody may lift it. */
export function liftDigest(law: Law, policy: string): Digest | null {
  let known = digests.get(law);
  if (known === undefined) digests.set(law, (known = new Map()));
  let found = known.get(policy);
  if (found === undefined) {
    const rule = liftRule(law, policy);
    found = rule === null ? null : digest({ text: law.policies.get(policy)?.text ?? '', rule });
    known.set(policy, found);
  }
  return found;
}

/** The rule by which people lift a policy; null when nobody may. */
export function liftRule(law: Law, policy: string): Rule | null {
  const found = law.policies.get(policy);
  return found === undefined || found.approval === null ? null : ruleOf(found, law.rules);
}

/** Somebody, as far as the right to answer in advance goes. */
export type Granter = Pick<Principal, 'person' | 'teams'> & { readonly grants: readonly RoleGrant[] };

/**
 * Why somebody may not take part in a standing grant; null when they may: they have to be able to answer for every policy that it
 * lifts, bearing an approver name of one of its stages, and must not be whom its rule keeps apart.
 */
export function whyNotGranter(
  granter: Granter,
  lifted: readonly string[],
  law: Law,
  place: { readonly tenant: TenantId; readonly owner: string | null; readonly authors: readonly PersonId[] },
): string | null {
  const names = approverNames(granter, place.tenant);
  for (const policy of lifted) {
    const rule = liftRule(law, policy);
    if (rule === null) return `nobody may lift \`${policy}\``;
    const asked = rule.stages.flatMap(({ of }) => of);
    if (!asked.some((name) => names.includes(name))) {
      return `\`${policy}\` is answered by ${[...new Set(asked)].join(' or ')}`;
    }
    if (rule.separate.includes('owner') && place.owner !== null && granter.teams.includes(place.owner)) {
      return `\`${policy}\` is not answered by the team that owns the agent`;
    }
    if (rule.separate.includes('author') && place.authors.includes(granter.person)) {
      return `\`${policy}\` is not answered by who wrote the policies`;
    }
  }
  return null;
}

/**
 * Why two people together may not give a standing grant; null when they may: between them every stage of every lifted policy is
 * answered as often as its rule asks. What needs three people cannot be answered in advance.
 */
export function whyNotTogether(
  granters: readonly Granter[],
  lifted: readonly string[],
  law: Law,
  tenant: TenantId,
): string | null {
  const bearing = granters.map((granter) => approverNames(granter, tenant));
  for (const policy of lifted) {
    for (const { of, need } of liftRule(law, policy)?.stages ?? []) {
      const able = bearing.filter((names) => of.some((name) => names.includes(name))).length;
      if (able < need) return `\`${policy}\` needs ${need} of ${of.join(' or ')}, and there is ${able} among you`;
    }
  }
  return null;
}
