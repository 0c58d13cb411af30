import type { PolicySources } from '../../govern/index.ts';
import { openNote, type NoteSigner, type NoteVerifier } from '../../ledger/index.ts';
import { digest, type Digest, type PersonId } from '../../vocabulary/index.ts';

/** draft -> back-tested -> log-only -> enforced -> superseded; log-only may be left out, and what was superseded comes back. */
export const POLICY_SET_STATES = ['draft', 'back-tested', 'log-only', 'enforced', 'superseded'] as const;
export type PolicySetState = (typeof POLICY_SET_STATES)[number];

/** A version of the whole set of policies, as a document of the kind `policy-set` holds it. Its id is the law's digest. */
export interface PolicySet {
  readonly sources: PolicySources;
  /** Names of its policies, sorted. */
  readonly policies: readonly string[];
  /** Who wrote it; null when it came with a release of Reeve or from the folder of the first start. */
  readonly author: PersonId | null;
  readonly reason: string;
  /** The set in force when it was drafted; null at the first start. */
  readonly base: Digest | null;
  /** Milliseconds since the epoch. */
  readonly draftedAt: number;
  readonly backTest: BackTest | null;
  /** Since when it watches: the last entry before. Null when it does not. */
  readonly logOnlySince: number | null;
  /** The last time that it was enforced. */
  readonly enforcement: Enforcement | null;
}

/** What a back-test found. It is stale as soon as another set is in force than the one it was made against. */
export interface BackTest {
  /** Digest of the set in force then. */
  readonly base: string;
  /** First and last entry that was judged again, how many decisions, and a digest of all that went in. */
  readonly record: { readonly from: number; readonly to: number; readonly decisions: number; readonly digest: string };
  readonly flipped: number;
  /** Flips by which more would have been allowed, or fewer people asked. */
  readonly newlyAllowed: number;
  readonly unreplayable: number;
  readonly by: PersonId;
  readonly at: number;
}

export interface Enforcement {
  /** One more than of the set before it. */
  readonly number: number;
  readonly at: number;
  /** Nobody at the first start. */
  readonly by: readonly PersonId[];
  readonly reason: string;
  /** What it took the place of: one step back. */
  readonly previous: Digest | null;
  /** Its {@link statement}, signed. */
  readonly note: string;
}

/** The law that follows from these texts and from nothing else, and who may not approve under it. */
interface Stated {
  readonly number: number;
  readonly digest: Digest;
  readonly sources: PolicySources;
  readonly author: PersonId | null;
}

export function sign(signer: NoteSigner, stated: Stated): string {
  return signer.sign(statement(stated));
}

/** Null when the note is this key's, of exactly this; else why not. */
export function whyNotSigned(verifier: NoteVerifier, note: string, stated: Stated): string | null {
  const opened = openNote(note, verifier);
  if (!opened.ok) return opened.why;
  return opened.text === statement(stated)
    ? null
    : 'the signature is of other policies, another number or another author';
}

function statement({ number, digest: own, sources, author }: Stated): string {
  const { policies, schema, rules } = sources;
  const lines = ['reeve policies', `number ${number}`, `law ${own}`, `texts ${digest({ policies, schema, rules })}`];
  return `${[...lines, `author ${author ?? 'none'}`].join('\n')}\n`;
}
