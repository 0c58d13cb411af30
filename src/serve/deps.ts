import type { Documents, Fabric } from '../fabric/index.ts';
import type { Doorkeeper, Entrance, SignIn } from '../identity/index.ts';
import type { Tenants } from './guard.ts';
import type { Counts, ReadModel, Reconciliation } from '../observe/index.ts';

/** A signed head of the log, as the API shows it. */
export interface SealedHead {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
  readonly note: string;
}

/** A part of what we stand on, as far as people may see it. */
export interface ChildStatus {
  readonly kind: 'embedded' | 'external';
  readonly address: string;
  readonly state?: string;
  readonly pid?: number | undefined;
  readonly restarts?: number;
  readonly reason?: string | undefined;
}

/** Whether each part that work needs is there; null when it is, else why not. */
export interface Readiness {
  readonly database: string | null;
  readonly engine: string | null;
  readonly fabric: string | null;
}

/** Everything that the API rests on. `platform.ts` puts it together; tests hand in less. */
export interface ApiDeps {
  readonly fabric: Omit<Fabric, 'feed' | 'endOf' | 'idle' | 'sweep' | 'stop'>;
  /** What is on record of these tenants, and nothing of the others: hand in `asked.tenants`. */
  recordFor(tenants: Tenants): ReadModel;
  /** Documents of these tenants; what concerns the whole installation is there for `*` only. */
  documentsFor(tenants: Tenants): Documents;
  readonly sealer: {
    latest(): SealedHead | null;
    receipt(seq: number): Promise<{ readonly checkpoint: SealedHead; readonly file: string } | null>;
  };
  readonly doorkeeper: Doorkeeper;
  /** For whoever stops something: lets them in while the record is away, too. Left out: as everybody. */
  readonly toStop?: Entrance;
  readonly signIn: SignIn;
  /** When access tokens were last used, in milliseconds since the epoch. */
  lastUses(tokens: readonly string[]): Promise<ReadonlyMap<string, number>>;
  counts(tenants: Tenants): Promise<Counts>;
  reconcile(): Promise<Reconciliation | null>;
  readiness(): Promise<Readiness>;
  /** Database and engine. */
  children(): Readonly<Record<string, ChildStatus>>;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Bugs and refusals that people should look into; for the log. */
  onTrouble(what: string): void;
}
