import { z } from 'zod';
import { parseLaw, tenantDifference, tightenedBy, type Law } from '../../govern/index.ts';
import type { Change, NoteSigner } from '../../ledger/index.ts';
import {
  Misuse,
  type Clock,
  type Digest,
  type Document,
  type Json,
  type PersonId,
  type Principal,
  type TenantId,
} from '../../vocabulary/index.ts';
import { newDocument, revise, type Documents } from '../documents.ts';
import type { MotionKind } from '../motions.ts';
import { PLATFORM } from '../registration.ts';
import { sign, type Enforcement, type PolicySet } from './policy-set.ts';
import type { TenantPolicies } from './tenant-policies.ts';

export interface PolicyMotionsOptions {
  readonly documents: Documents;
  readonly signer: NoteSigner;
  readonly clock: Clock;
  /** The base set in force. */
  law(): Law;
  /** Entries on record. */
  size(): number;
  /** After the set that watches, and nothing else, has changed. */
  reload(): Promise<void>;
  /** After the law has changed: whoever was asked under another one has to be asked again. */
  onLawChanged(): Promise<void>;
}

const DigestText = z.string().regex(/^sha256:[0-9a-f]{64}$/) as unknown as z.ZodType<Digest>;
const OfSet = z.strictObject({ digest: DigestText });
type OfSet = z.infer<typeof OfSet>;
const StepBack = z.strictObject({ from: DigestText, to: DigestText });
const OfTenant = z.strictObject({
  tenant: z.string().regex(/^[a-z0-9][a-z0-9._-]*$/) as unknown as z.ZodType<TenantId>,
  policies: z.string().max(50_000),
});
type OfTenant = z.infer<typeof OfTenant>;

/** Where every change of policies needs its right: the base set is everybody's. */
const EVERYWHERE = { right: 'policies.enforce', tenantOf: (): '*' => '*' } as const;

/**
 * The changes of the law that people make. Enforcing, stepping back, ending a log-only run and whatever may weaken a tenant's
 * policies want two people, of whom the second is not the author.
 */
export function policyMotions(options: PolicyMotionsOptions): readonly MotionKind[] {
  const { documents, clock } = options;

  const enforce: MotionKind<OfSet> = {
    ...EVERYWHERE,
    kind: 'policies.enforce',
    schema: OfSet,
    says: ({ digest }) => `enforce the policies ${digest}`,
    needsSecond: () => true,
    async mayTakePart({ digest }, by, as) {
      refuseAuthor((await setOf(digest)).content.author, by, as);
    },
    async carryOut({ digest }, wanted) {
      const set = await setOf(digest);
      const inForce = await enforced();
      if (set.id === inForce.id) throw new Misuse('already-answered', 'this set is in force already');
      if (set.state !== 'back-tested' && set.state !== 'log-only') {
        throw new Misuse('too-soon', `a set is enforced when it has been back-tested; this one is ${set.state}`, {
          fix: `\`reeve policy backtest ${digest}\``,
        });
      }
      refuseStale(set.content, inForce.id);
      return toForce(set, inForce, wanted, { stepBack: false });
    },
    carried: () => options.onLawChanged(),
  };

  const stepBack: MotionKind<z.infer<typeof StepBack>> = {
    ...EVERYWHERE,
    kind: 'policies.step-back',
    schema: StepBack,
    says: ({ from, to }) => `step back from the policies ${from} to those before them, ${to}`,
    needsSecond: () => true,
    async mayTakePart({ to }, by, as) {
      refuseAuthor((await setOf(to)).content.author, by, as);
    },
    async carryOut({ from, to }, wanted) {
      const inForce = await enforced();
      if (inForce.id !== from || inForce.content.enforcement?.previous !== to) {
        throw new Misuse('changed-meanwhile', 'these are not the policies in force and those before them any more');
      }
      return toForce(await setOf(to), inForce, wanted, { stepBack: true });
    },
    carried: () => options.onLawChanged(),
  };

  const logOnly: MotionKind<OfSet> = {
    ...EVERYWHERE,
    kind: 'policies.log-only',
    schema: OfSet,
    says: ({ digest }) => `let the policies ${digest} watch beside those in force`,
    // It decides nothing.
    needsSecond: () => false,
    async carryOut({ digest }, { by, reason }) {
      const set = await setOf(digest);
      const [other] = await documents.list<PolicySet>('policy-set', { state: 'log-only', most: 1 });
      if (other !== undefined) {
        throw new Misuse('already-answered', `the set ${other.id} watches already: one at a time`, {
          fix: `end that first: \`reeve policy log-only ${other.id} --end\``,
        });
      }
      if (set.state !== 'back-tested') {
        throw new Misuse('too-soon', `a set watches when it has been back-tested; this one is ${set.state}`, {
          fix: `\`reeve policy backtest ${digest}\``,
        });
      }
      await refuseUnfit(set);
      return {
        entries: [entryOf('policies.logged', PLATFORM, { digest, watches: true, by, reason })],
        documents: [revise(set, { state: 'log-only', content: { ...set.content, logOnlySince: options.size() } })],
      };
    },
    carried: () => options.reload(),
  };

  const endLogOnly: MotionKind<OfSet> = {
    ...EVERYWHERE,
    kind: 'policies.end-log-only',
    schema: OfSet,
    says: ({ digest }) => `let the policies ${digest} watch no longer`,
    needsSecond: () => true,
    async carryOut({ digest }, { by, reason }) {
      const set = await setOf(digest);
      if (set.state !== 'log-only') throw new Misuse('already-answered', `this set is ${set.state} and does not watch`);
      return {
        entries: [entryOf('policies.logged', PLATFORM, { digest, watches: false, by, reason })],
        documents: [revise(set, { state: 'back-tested', content: { ...set.content, logOnlySince: null } })],
      };
    },
    carried: () => options.reload(),
  };

  const tighten: MotionKind<OfTenant> = {
    kind: 'tenant-policies.tighten',
    right: 'policies.draft',
    schema: OfTenant,
    tenantOf: ({ tenant }) => tenant,
    says: ({ tenant }) => `forbid more in ${tenant}`,
    needsSecond: () => false,
    async carryOut(body, wanted) {
      // Read once: what came between two readings would be taken away with the second one.
      const before = await ownOf(body.tenant);
      const { changed, gone } = tenantDifference(before?.content.policies ?? '', body.policies);
      if (changed.length + gone.length > 0) {
        const what = [...changed, ...gone].join(', ');
        throw new Misuse('needs-second-person', `what is changed or taken away may weaken the law: ${what}`);
      }
      return toTenant(body, wanted, before);
    },
    carried: () => options.onLawChanged(),
  };

  const weaken: MotionKind<OfTenant> = {
    ...tighten,
    kind: 'tenant-policies.weaken',
    right: 'policies.enforce',
    says: ({ tenant }) => `change what ${tenant} forbids`,
    needsSecond: () => true,
    carryOut: async (body, wanted) => toTenant(body, wanted, await ownOf(body.tenant)),
  };

  return [enforce, stepBack, logOnly, endLogOnly, tighten, weaken] as MotionKind[];

  async function setOf(digest: Digest): Promise<Document<PolicySet>> {
    const set = await documents.find<PolicySet>('policy-set', digest);
    if (set === null) throw new Misuse('not-found', `there is no set of policies \`${digest}\``);
    return set;
  }

  async function enforced(): Promise<Document<PolicySet>> {
    const [set, second] = await documents.list<PolicySet>('policy-set', { state: 'enforced', most: 2 });
    if (set === undefined || second !== undefined) throw new Error('not exactly one set of policies is enforced');
    return set;
  }

  /** One set takes the place of the other; both revisions are read, so of two who do so at once only one does. */
  async function toForce(
    set: Document<PolicySet>,
    inForce: Document<PolicySet>,
    { by, reason }: { readonly by: readonly PersonId[]; readonly reason: string },
    { stepBack: back }: { readonly stepBack: boolean },
  ): Promise<Change> {
    const law = await refuseUnfit(set);
    const { sources, author } = set.content;
    const number = (inForce.content.enforcement?.number ?? 0) + 1;
    const previous = inForce.id as Digest;
    const note = sign(options.signer, { number, digest: law.digest, sources, author });
    const enforcement: Enforcement = { number, at: clock.now(), by, reason, previous, note };
    return {
      entries: [
        entryOf('policies.enforced', PLATFORM, {
          digest: law.digest,
          number,
          policies: set.content.policies as Json,
          author,
          by,
          reason,
          previous,
          ...(back && { stepBack: true }),
          ...(set.content.backTest !== null && { newlyAllowed: set.content.backTest.newlyAllowed }),
        }),
      ],
      documents: [
        revise(set, { state: 'enforced', content: { ...set.content, logOnlySince: null, enforcement } }),
        revise(inForce, { state: 'superseded', content: inForce.content }),
      ],
      changesLaw: true,
    };
  }

  /** It must be what its digest says, and what tenants forbid beyond it must still fit. */
  async function refuseUnfit({ id, content: { sources } }: Document<PolicySet>): Promise<Law> {
    const law = parseLaw(sources.policies, sources.schema, 'candidate', sources.rules);
    if (law.digest !== id) throw new Misuse('bad-policy', `the texts under ${id} are those of ${law.digest}`);
    for (const { tenant, content } of await documents.list<TenantPolicies>('tenant-policies', { state: 'in-force' })) {
      try {
        tightenedBy(law, tenant as TenantId, content.policies);
      } catch (error) {
        if (!(error instanceof Misuse)) throw error;
        throw new Misuse(error.code, `what tenant \`${tenant}\` forbids would not fit any more: ${error.message}`);
      }
    }
    return law;
  }

  function ownOf(tenant: TenantId): Promise<Document<TenantPolicies> | null> {
    return documents.find<TenantPolicies>('tenant-policies', tenant);
  }

  async function toTenant(
    { tenant, policies }: OfTenant,
    { by, reason }: { readonly by: readonly PersonId[]; readonly reason: string },
    before: Document<TenantPolicies> | null,
  ): Promise<Change> {
    const law = tightenedBy({ ...options.law(), slot: 'candidate' }, tenant, policies);
    const [author] = by;
    if (author === undefined) throw new Error('nobody wants this');
    const difference = tenantDifference(before?.content.policies ?? '', policies);
    const content: TenantPolicies = { policies, author, reason, at: clock.now() };
    const to = { state: 'in-force', content };
    return {
      entries: [entryOf('tenant-policies.changed', tenant, { law: law.digest, ...difference, by, reason } as Json)],
      documents: [before === null ? newDocument('tenant-policies', tenant, tenant, to) : revise(before, to)],
      changesLaw: true,
    };
  }
}

/** Two people have to look, and the author is one who has looked already. */
function refuseAuthor(author: PersonId | null, by: Principal, as: 'proposer' | 'seconder'): void {
  if (as === 'proposer' || by.person !== author) return;
  throw new Misuse('needs-second-person', 'whoever wrote a set of policies cannot second that it is enforced');
}

function refuseStale({ backTest }: PolicySet, inForce: string): void {
  if (backTest?.base === inForce) return;
  throw new Misuse('changed-meanwhile', 'its back-test was made against other policies than those in force', {
    fix: 'back-test it again',
  });
}

function entryOf(
  kind: 'policies.enforced' | 'policies.logged' | 'tenant-policies.changed',
  tenant: TenantId,
  body: Json | { readonly [key: string]: unknown },
) {
  return { kind, tenant, run: null, agent: null, body: body as Json };
}
