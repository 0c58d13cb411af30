import type { Pool } from 'pg';
import type { Registry } from '../../fleet/index.ts';
import { checkSources, parseLaw, tightenedBy, tenantDifference, type PolicySources } from '../../govern/index.ts';
import type { LedgerWriter } from '../../ledger/index.ts';
import {
  may,
  Misuse,
  type AgentId,
  type Clock,
  type Digest,
  type Document,
  type Principal,
  type TenantId,
} from '../../vocabulary/index.ts';
import { newDocument, revise, standingDocument, type Documents } from '../documents.ts';
import type { Motion, Motions } from '../motions.ts';
import { PLATFORM } from '../registration.ts';
import type { Standing } from '../standing.ts';
import { createAgentLaws, type AgentLaw } from './agent-law.ts';
import type { Beside, FlipReport } from './beside.ts';
import type { BackTest, PolicySet, PolicySetState } from './policy-set.ts';
import type { TenantPolicies } from './tenant-policies.ts';

/** A version of the whole set of policies as it stands. */
export interface PolicySetVersion extends PolicySet {
  readonly digest: Digest;
  readonly state: PolicySetState;
  /** Its back-test was made against other policies than those in force. False when it has none. */
  readonly stale: boolean;
}

/** The policy lifecycle, as people drive it. */
export interface Policies {
  /** Newest first, the last thousand, without their texts. */
  list(): Promise<readonly Omit<PolicySetVersion, 'sources'>[]>;
  /** @throws Misuse `not-found`. */
  show(digest: Digest): Promise<PolicySetVersion>;
  /**
   * Takes a set as a draft. Drafting one that is there already changes nothing.
   *
   * @throws Misuse `forbidden`, `bad-policy` when it does not parse, one of its tests fails, or a tenant's policies do not fit it.
   */
  draft(by: Principal, sources: PolicySources, reason: string): Promise<PolicySetVersion>;
  /** Keeps what a back-test found. @throws Misuse `forbidden`, `not-found`, `already-answered` for a set in force. */
  backTested(by: Principal, digest: Digest, found: Omit<BackTest, 'by' | 'at'>): Promise<PolicySetVersion>;
  /** These and the next four throw what `Motions.propose` and the kinds of `policy-motions.ts` throw. */
  logOnly(by: Principal, digest: Digest, reason: string): Promise<Motion>;
  endLogOnly(by: Principal, digest: Digest, reason: string): Promise<Motion>;
  enforce(by: Principal, digest: Digest, reason: string): Promise<Motion>;
  /** Back to the set that was in force before the one that is. */
  stepBack(by: Principal, reason: string): Promise<Motion>;
  /** One person is enough to forbid more; whatever else changes needs a second one. */
  setTenant(by: Principal, tenant: TenantId, policies: string, reason: string): Promise<Motion>;
  /** Null when the tenant never set any. */
  tenant(tenant: TenantId): Promise<TenantPolicies | null>;
  /** What a set that watches would have said otherwise. @throws Misuse `not-found` when it does not watch. */
  flips(digest: Digest): FlipReport;
  /**
   * What the law comes to for an agent; with `against`, also what another set would make of it.
   *
   * @throws Misuse `unknown-agent`, `not-found`, `bad-policy` when that set does not parse or its tenant's policies do not fit it.
   */
  lawOf(agent: AgentId, against: Digest | null): Promise<AgentLaw>;
  status(): PoliciesStatus;
}

export interface PoliciesStatus {
  readonly enforced: Digest;
  readonly logOnly: Digest | null;
  /** What came with this release, or from the folder that was named at the start, and is not in force. */
  readonly shipped: Digest | null;
}

export interface PoliciesOptions {
  readonly pool: Pool;
  readonly documents: Documents;
  readonly writer: LedgerWriter;
  readonly motions: Pick<Motions, 'propose'>;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly beside: Beside;
  readonly environment: 'development' | 'production';
  /** Digest of what came with this release or folder. */
  readonly shipped: Digest;
  standing(): Standing;
}

/** Each makes every judgement some 5 µs dearer. */
const MOST_POLICIES = 300;
/** More drafts at once than anybody keeps apart. */
const MOST_DRAFTS = 100;

export function createPolicies(options: PoliciesOptions): Policies {
  const { documents, writer, motions, clock, beside } = options;
  const agentLaws = createAgentLaws(options);

  return {
    async list() {
      // Their texts are long, and a list is not for reading them.
      const { rows } = await options.pool.query<Pick<Document<Omit<PolicySet, 'sources'>>, 'id' | 'state' | 'content'>>(
        `select id, state, content - 'sources' as content from reeve.document where kind = 'policy-set'
         order by (content ->> 'draftedAt')::bigint desc, id limit 1000`,
      );
      return rows.map((row) => version(row));
    },
    show: async (digest) => version(await setOf(digest)),
    async draft(by, sources, reason) {
      refuseUnlessMay(by);
      const report = checkSources(sources);
      const failed = report.tests.filter(({ pass }) => !pass);
      if (failed.length > 0) {
        const [first] = failed;
        throw new Misuse(
          'bad-policy',
          `${failed.length} of its tests fail; \`${first?.name}\`: expected ${first?.expected}, got ${first?.got}`,
        );
      }
      const law = parseLaw(sources.policies, sources.schema, 'candidate', sources.rules);
      if (law.policies.size > MOST_POLICIES) {
        throw new Misuse('bad-policy', `a set has at most ${MOST_POLICIES} policies, this one ${law.policies.size}`);
      }
      for (const one of await documents.list<TenantPolicies>('tenant-policies', { state: 'in-force' })) {
        tightenedBy(law, one.tenant as TenantId, one.content.policies);
      }
      const known = await documents.find<PolicySet>('policy-set', law.digest);
      if (known !== null) return version(known);
      if ((await documents.list('policy-set', { state: 'draft', most: MOST_DRAFTS })).length >= MOST_DRAFTS) {
        throw new Misuse('bad-request', `there are ${MOST_DRAFTS} drafts already that nobody has back-tested`);
      }
      const set: PolicySet = {
        sources,
        policies: [...law.policies.keys()].sort(),
        author: by.person,
        reason,
        base: options.standing().law.digest,
        draftedAt: clock.now(),
        backTest: null,
        logOnlySince: null,
        enforcement: null,
      };
      const { author, base, policies } = set;
      const row = newDocument('policy-set', law.digest, PLATFORM, { state: 'draft', content: set });
      await writer.append({
        entries: [
          {
            kind: 'policies.drafted',
            tenant: PLATFORM,
            run: null,
            agent: null,
            body: { digest: law.digest, author, reason, base, policies },
          },
        ],
        documents: [row],
      });
      return version(standingDocument<PolicySet>(row));
    },
    async backTested(by, digest, found) {
      refuseUnlessMay(by);
      const set = await setOf(digest);
      if (set.state === 'enforced') throw new Misuse('already-answered', 'this set is in force already');
      const backTest: BackTest = { ...found, by: by.person, at: clock.now() };
      const state = set.state === 'log-only' ? 'log-only' : 'back-tested';
      const row = revise(set, { state, content: { ...set.content, backTest } });
      const { base, record, flipped, newlyAllowed, unreplayable } = backTest;
      await writer.append({
        entries: [
          {
            kind: 'policies.back-tested',
            tenant: PLATFORM,
            run: null,
            agent: null,
            body: { digest, base, record: { ...record }, flipped, newlyAllowed, unreplayable, by: by.person },
          },
        ],
        documents: [row],
      });
      return version(standingDocument<PolicySet>(row));
    },
    logOnly: (by, digest, reason) => motions.propose(by, 'policies.log-only', { digest }, reason),
    endLogOnly: (by, digest, reason) => motions.propose(by, 'policies.end-log-only', { digest }, reason),
    enforce: (by, digest, reason) => motions.propose(by, 'policies.enforce', { digest }, reason),
    async stepBack(by, reason) {
      const [inForce] = await documents.list<PolicySet>('policy-set', { state: 'enforced', most: 1 });
      const to = inForce?.content.enforcement?.previous ?? null;
      if (inForce === undefined || to === null) throw new Misuse('bad-request', 'there were no policies before these');
      return motions.propose(by, 'policies.step-back', { from: inForce.id, to }, reason);
    },
    async setTenant(by, tenant, policies, reason) {
      if (!options.registry.fleets.some((fleet) => fleet.tenant === tenant)) {
        throw new Misuse('unknown-tenant', `there is no tenant \`${tenant}\``);
      }
      const before = await documents.find<TenantPolicies>('tenant-policies', tenant);
      const { changed, gone } = tenantDifference(before?.content.policies ?? '', policies);
      const kind = changed.length + gone.length === 0 ? 'tenant-policies.tighten' : 'tenant-policies.weaken';
      return motions.propose(by, kind, { tenant, policies }, reason);
    },
    async tenant(tenant) {
      return (await documents.find<TenantPolicies>('tenant-policies', tenant))?.content ?? null;
    },
    flips(digest) {
      const report = beside.report();
      if (report === null || report.digest !== digest) {
        throw new Misuse('not-found', `the set \`${digest}\` does not watch`, {
          fix: '`reeve policy log-only` lets it',
        });
      }
      return report;
    },
    async lawOf(name, against) {
      const agent = options.registry.agent(name);
      if (agent === null) throw new Misuse('unknown-agent', `there is no agent \`${name}\``);
      if (against === null) return agentLaws(agent, options.standing(), null);
      const { sources } = (await setOf(against)).content;
      const base = parseLaw(sources.policies, sources.schema, 'candidate', sources.rules);
      const own = (await documents.find<TenantPolicies>('tenant-policies', agent.tenant))?.content.policies ?? '';
      return agentLaws(agent, options.standing(), tightenedBy(base, agent.tenant, own));
    },
    status() {
      const enforced = options.standing().law.digest;
      return {
        enforced,
        logOnly: beside.report()?.digest ?? null,
        shipped: options.shipped === enforced ? null : options.shipped,
      };
    },
  };

  async function setOf(digest: Digest): Promise<Document<PolicySet>> {
    const set = await documents.find<PolicySet>('policy-set', digest);
    if (set === null) throw new Misuse('not-found', `there is no set of policies \`${digest}\``);
    return set;
  }

  function version<C extends Omit<PolicySet, 'sources'>>({
    id,
    state,
    content,
  }: Pick<Document<C>, 'id' | 'state' | 'content'>): C & Pick<PolicySetVersion, 'digest' | 'state' | 'stale'> {
    const inForce = options.standing().law.digest;
    return {
      ...content,
      digest: id as Digest,
      state: state as PolicySetState,
      stale: state !== 'enforced' && content.backTest !== null && content.backTest.base !== inForce,
    };
  }
}

/** A set of policies is everybody's, so the right is needed everywhere. */
function refuseUnlessMay(by: Principal): void {
  if (may(by, 'policies.draft', '*')) return;
  throw new Misuse('forbidden', 'this needs the right `policies.draft` in the whole installation');
}
