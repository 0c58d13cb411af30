import type { Verdict } from '../../vocabulary/index.ts';
import type { Difference } from './difference.ts';

/** One verdict on record, with what it was given on. */
export interface Decision {
  readonly seq: number;
  /** RFC 3339. */
  readonly at: string;
  readonly tenant: string;
  readonly run: string | null;
  readonly agent: string | null;
  readonly tool: string;
  /** Of the intent; those that were put to people come back to the gate under the same one. */
  readonly permit: string;
  /** The act by which an agent published the event that the run works on; null when it came from outside. */
  readonly cause: string | null;
  /** 0 when no money was to be moved. */
  readonly amountMinor: number;
  readonly currency: string | null;
  /** What it would have drawn, account by account; absent when no budget covered it. */
  readonly draws?: readonly RecordedDraw[] | undefined;
  readonly verdict: Verdict;
  /** Digest of the policies that it was judged by. */
  readonly law: string;
  /** Digest of its case. Null: refused before any policy was asked. Absent: recorded before cases were kept. */
  readonly case?: string | null | undefined;
}

export interface RecordedDraw {
  /** Its third part, between bars, names the window: `ever`, `2026-11-22`, `2026-W47`, `2026-11`. */
  readonly account: string;
  readonly amount: number;
  readonly cap: number;
  readonly atLimit: string;
  /** People gave room beyond the cap. */
  readonly lifted?: boolean | undefined;
}

/** What an act came to, as far as budgets go. */
export interface Settled {
  readonly seq: number;
  readonly permit: string;
  /** By account, of what it had drawn. */
  readonly charged: Readonly<Record<string, number>>;
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
