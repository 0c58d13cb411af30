import type { Verdict } from '../../vocabulary/index.ts';
import type { Difference } from './difference.ts';

/** One verdict on record, with what it was given on. */
export interface Decision {
  readonly seq: number;
  readonly tenant: string;
  readonly run: string | null;
  readonly agent: string | null;
  readonly tool: string;
  /** 0 when no money was to be moved. */
  readonly amountMinor: number;
  readonly verdict: Verdict;
  /** Digest of the policies that it was judged by. */
  readonly law: string;
  /** Digest of its case. Null: refused before any policy was asked. Absent: recorded before cases were kept. */
  readonly case?: string | null | undefined;
}

/** A verdict that would have been another one. */
export interface Flip extends Difference {
  readonly seq: number;
  readonly run: string | null;
  readonly agent: string | null;
  readonly tool: string;
  /** More would have been allowed, or fewer people asked. */
  readonly weaker: boolean;
}
