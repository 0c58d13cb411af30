import type { Pool } from 'pg';
import { parseLaw, type PolicySources } from '../../govern/index.ts';
import type { LedgerWriter, NoteSigner } from '../../ledger/index.ts';
import type { Clock, Digest } from '../../vocabulary/index.ts';
import { newDocument, type Documents } from '../documents.ts';
import { PLATFORM } from '../registration.ts';
import { lastEnforced } from './law-book.ts';
import { sign, type PolicySet } from './policy-set.ts';

export interface TakeUpOptions {
  readonly pool: Pool;
  readonly documents: Documents;
  readonly writer: LedgerWriter;
  readonly signer: NoteSigner;
  readonly clock: Clock;
  /** Of this release, or of the folder that was named. */
  readonly policies: PolicySources;
  /** Of the code. */
  readonly version: string;
}

/**
 * At a start: the very first enforces the policies it is given; every later one goes by what is enforced on record. What it is
 * given then, if it is another set, becomes a draft: a new release changes nobody's law by itself.
 *
 * @returns the digest of what was given.
 * @throws what `parseLaw` throws.
 */
export async function takeUpPolicies(options: TakeUpOptions): Promise<Digest> {
  const { documents, writer, clock, policies: sources, version } = options;
  const law = parseLaw(sources.policies, sources.schema, 'candidate', sources.rules);
  const isThere = (await documents.find('policy-set', law.digest)) !== null;
  const [enforced] = await documents.list<PolicySet>('policy-set', { state: 'enforced', most: 1 });
  const wasEnforced = enforced !== undefined || (await lastEnforced(options.pool)) !== null;
  if (isThere || (wasEnforced && enforced === undefined)) return law.digest;
  const set: PolicySet = {
    sources,
    policies: [...law.policies.keys()].sort(),
    author: null,
    reason: wasEnforced ? `shipped with version ${version}` : 'the first start',
    base: (enforced?.id ?? null) as Digest | null,
    draftedAt: clock.now(),
    backTest: null,
    logOnlySince: null,
    enforcement: null,
  };
  const said = { tenant: PLATFORM, run: null, agent: null };
  const body = { digest: law.digest, author: null, reason: set.reason, policies: set.policies };
  if (wasEnforced) {
    await writer.append({
      entries: [{ ...said, kind: 'policies.drafted', body: { ...body, base: set.base } }],
      documents: [newDocument('policy-set', law.digest, PLATFORM, { state: 'draft', content: set })],
    });
    return law.digest;
  }
  const stated = { number: 1, digest: law.digest, sources, author: null };
  const { number } = stated;
  const enforcement = {
    number,
    at: clock.now(),
    by: [],
    reason: set.reason,
    previous: null,
    note: sign(options.signer, stated),
  };
  await writer.append({
    entries: [{ ...said, kind: 'policies.enforced', body: { ...body, number, by: [], previous: null } }],
    documents: [
      newDocument('policy-set', law.digest, PLATFORM, { state: 'enforced', content: { ...set, enforcement } }),
    ],
    changesLaw: true,
  });
  return law.digest;
}

/** Whether policies were signed here before: then their key must be there. */
export async function policiesWereSigned(pool: Pool): Promise<boolean> {
  return (await lastEnforced(pool)) !== null;
}
