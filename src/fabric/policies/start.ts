import type { Pool } from 'pg';
import type { Registry } from '../../fleet/index.ts';
import type { Judge, PolicySources } from '../../govern/index.ts';
import type { LedgerWriter, NoteSigner } from '../../ledger/index.ts';
import { GiveUp, type Clock, type Digest } from '../../vocabulary/index.ts';
import type { Documents } from '../documents.ts';
import type { MotionKind, Motions } from '../motions.ts';
import type { Standing } from '../standing.ts';
import { createBeside, type Beside } from './beside.ts';
import { createLawBook, type LawBook } from './law-book.ts';
import { createPolicies, type Policies } from './policies.ts';
import { policyMotions } from './policy-motions.ts';
import type { PolicySet } from './policy-set.ts';
import { takeUpPolicies } from './take-up.ts';

/** The policies of this installation, as the fabric puts them together. */
export interface Lawgiving {
  readonly book: LawBook;
  readonly beside: Beside;
  /**
   * The first look at what is in force.
   *
   * @throws GiveUp `policies-not-trusted`: nothing starts under a law that nobody enforced.
   */
  begin(standing: Standing): Promise<void>;
  kinds(about: {
    standing(): Standing;
    reload(): Promise<void>;
    /** Whoever was asked under another law has to be asked again. */
    onLawChanged(): void;
  }): readonly MotionKind[];
  start(about: { readonly motions: Motions; readonly registry: Registry; standing(): Standing }): Policies;
}

export interface LawgivingOptions {
  readonly pool: Pool;
  readonly documents: Documents;
  readonly writer: LedgerWriter;
  readonly signer: NoteSigner;
  readonly clock: Clock;
  readonly judge: Judge;
  /** Of this release, or of the folder that was named. */
  readonly policies: PolicySources;
  /** Of the code. */
  readonly version: string;
  readonly environment: 'development' | 'production';
  onTrouble(what: string): void;
}

/** Takes up what is on record, or enforces what it is given at the very first start. Throws what `takeUpPolicies` throws. */
export async function openLawgiving(options: LawgivingOptions): Promise<Lawgiving> {
  const { pool, documents, signer } = options;
  const shipped = await takeUpPolicies(options);
  const book = createLawBook({ pool, documents, verifier: signer, onTrouble: options.onTrouble });
  const beside = createBeside(options);
  const watch = async () => {
    const [set] = await documents.list<PolicySet>('policy-set', { state: 'log-only', most: 1 });
    const since = set?.content.logOnlySince ?? null;
    await beside.watch(set === undefined || since === null ? null : { digest: set.id as Digest, since });
  };
  return {
    book,
    beside,
    async begin({ law }) {
      if (law.fault !== null) {
        throw new GiveUp('policies-not-trusted', law.fault, {
          fix: 'put back the database or the key `policies.key` that belongs to it; no start goes by other policies',
        });
      }
      await watch();
    },
    kinds: ({ standing, reload, onLawChanged }) =>
      policyMotions({
        ...options,
        law: () => standing().law,
        size: () => options.writer.size(),
        async reload() {
          await reload();
          await watch();
        },
        async onLawChanged() {
          await watch();
          onLawChanged();
        },
      }),
    start: (about) => createPolicies({ ...options, ...about, beside, shipped }),
  };
}
