import type { Pool } from 'pg';
import { noLaw, parseLaw, tightenedBy, type Law, type LawSlot } from '../../govern/index.ts';
import type { NoteVerifier } from '../../ledger/index.ts';
import { messageOf, type Digest, type Document, type PersonId, type TenantId } from '../../vocabulary/index.ts';
import type { Documents } from '../documents.ts';
import { whyNotSigned, type PolicySet } from './policy-set.ts';
import type { TenantPolicies } from './tenant-policies.ts';

/** The policies that judge, for everyone. */
export interface Laws {
  /** The base set that is enforced. */
  readonly law: Law;
  /** Who wrote it: they do not approve under it. */
  readonly authors: readonly PersonId[];
  /** What a tenant's intents are judged by: the base set, and what the tenant forbids beyond it. */
  lawOf(tenant: TenantId): Law;
  /** Tenants that forbid more than the base set does. */
  readonly tightened: readonly TenantId[];
  /** The set that only watches, for a tenant; null when none does. */
  logOnlyOf(tenant: TenantId): Law | null;
}

/** As much of a policy set's document as says which one is in force. */
export interface SetInForce {
  readonly id: string;
  readonly rev: number;
  readonly state: string;
}

/** Turns what stands on record into laws that judge. */
export interface LawBook {
  /**
   * INVARIANT (default-deny): what is not signed, was altered, does not parse or is older than what was enforced last is no law:
   * everything is refused by it, and the one that was in force before does not go on.
   *
   * @param sets those enforced or log-only. @param tenants documents of the kind `tenant-policies` that are in force.
   */
  inForce(sets: readonly SetInForce[], tenants: readonly Document[]): Promise<Laws>;
}

export interface LawBookOptions {
  readonly pool: Pool;
  readonly documents: Pick<Documents, 'find'>;
  readonly verifier: NoteVerifier;
  onTrouble(what: string): void;
}

interface Read {
  readonly law: Law;
  readonly author: PersonId | null;
}

export function createLawBook(options: LawBookOptions): LawBook {
  /** By document, revision and use: what stands on record under them does not change. */
  let known = new Map<string, Read>();
  let tightened = new Map<string, Law>();

  return {
    async inForce(sets, tenants) {
      const enforced = sets.filter(({ state }) => state === 'enforced');
      const [first] = enforced;
      const read = await remembered(enforced.length === 1 ? first : undefined, 'active');
      const watching = sets.find(({ state }) => state === 'log-only');
      const beside = watching === undefined ? null : await remembered(watching, 'beside');
      known = new Map([...known].filter(([, { law }]) => law === read.law || law === beside?.law));
      const own = new Map(tenants.map(({ tenant, content }) => [tenant as TenantId, content as TenantPolicies]));
      const used = new Map<string, Law>();
      const lawOf = (base: Law, tenant: TenantId): Law => {
        const content = own.get(tenant);
        if (content === undefined || base.fault !== null) return base;
        const key = `${base.slot} ${base.digest} ${tenant} ${content.policies}`;
        const law = used.get(key) ?? tightened.get(key) ?? tighten(base, tenant, content);
        used.set(key, law);
        return law;
      };
      // Made now, so that the first who is judged does not wait for it.
      for (const tenant of own.keys()) lawOf(read.law, tenant);
      tightened = used;
      return {
        law: read.law,
        authors: read.author === null ? [] : [read.author],
        lawOf: (tenant) => lawOf(read.law, tenant),
        tightened: [...own.keys()],
        logOnlyOf: (tenant) => (beside === null ? null : lawOf(beside.law, tenant)),
      };
    },
  };

  async function remembered(set: SetInForce | undefined, slot: LawSlot): Promise<Read> {
    const key = set === undefined ? 'none' : `${set.id} ${set.rev} ${set.state}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    let read: Read;
    try {
      if (set === undefined) throw new Error('not exactly one set of policies is enforced on record');
      read = await readSet(set, slot);
    } catch (error) {
      const why = `the policies on record cannot be trusted: ${messageOf(error)}`;
      options.onTrouble(why);
      // Not kept: what is mended is seen at the next look.
      return { law: noLaw(why), author: null };
    }
    known.set(key, read);
    return read;
  }

  async function readSet({ id, state }: SetInForce, slot: LawSlot): Promise<Read> {
    const document = await options.documents.find<PolicySet>('policy-set', id);
    if (document === null) throw new Error(`the set ${id} is not there`);
    const { sources, author, enforcement } = document.content;
    const law = parseLaw(sources.policies, sources.schema, slot, sources.rules);
    if (law.digest !== id) throw new Error(`the texts under ${id} are those of ${law.digest}`);
    if (state === 'enforced') {
      if (enforcement === null) throw new Error(`the set ${id} was never enforced`);
      const { number, note } = enforcement;
      const wrong = whyNotSigned(options.verifier, note, { number, digest: law.digest, sources, author });
      if (wrong !== null) throw new Error(`the set ${id}: ${wrong}`);
      const last = await lastEnforced(options.pool);
      if (last !== null && (last.digest !== id || last.number !== number)) {
        throw new Error(`it is number ${number}, ${id}, and the ledger says number ${last.number}, ${last.digest}`);
      }
    }
    return { law, author };
  }

  function tighten(base: Law, tenant: TenantId, { policies }: TenantPolicies): Law {
    try {
      return tightenedBy(base, tenant, policies);
    } catch (error) {
      const why = `the policies of tenant \`${tenant}\` cannot be read: ${messageOf(error)}`;
      options.onTrouble(why);
      return noLaw(why);
    }
  }
}

/** One law for everyone and for ever; for tests, and for what judges beside the platform. */
export function fixedLaw(law: Law): LawBook {
  const laws: Laws = { law, authors: [], lawOf: () => law, tightened: [], logOnlyOf: () => null };
  return { inForce: () => Promise.resolve(laws) };
}

/** What the ledger says was enforced last; null when nothing was since sets have numbers. */
export async function lastEnforced(pool: Pool): Promise<{ readonly digest: Digest; readonly number: number } | null> {
  const { rows } = await pool.query<{ digest: Digest; number: number | null }>(
    `select body::jsonb #>> '{body,digest}' as digest, (body::jsonb #>> '{body,number}')::int as number
     from reeve.entry where kind = 'policies.enforced' order by seq desc limit 1`,
  );
  const [row] = rows;
  return row === undefined || row.number === null ? null : { digest: row.digest, number: row.number };
}
