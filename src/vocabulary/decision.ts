import type { z } from 'zod';
import type { Digest, Json } from './canonical.ts';

/** A versioned, content-hashed way of deciding, with input and output schema and tests. */
export interface DecisionTemplate<I = unknown, O = unknown> {
  readonly name: string;
  readonly description: string;
  /** JDM text (gorules.io): a graph of decision tables and expressions. No function, HTTP or custom nodes. */
  readonly jdm: string;
  readonly input: z.ZodType<I>;
  readonly output: z.ZodType<O>;
  readonly tests: readonly DecisionTest[];
  /** Digest over table, schemas and tests. Runs pin it. */
  readonly version: Digest;
}

/** One example that a template must get right before it is used. */
export interface DecisionTest {
  readonly name: string;
  readonly input: Json;
  readonly expect: Json;
}

/** What a template said of one input. */
export interface Decided<O = unknown> {
  readonly output: O;
  /** The row that fired, by its `_id`, or `node#index`; several joined with `+`; null when no table took part. */
  readonly row: string | null;
  readonly digest: Digest;
}
