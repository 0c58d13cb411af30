import type { z } from 'zod';
import type { Digest } from './canonical.ts';
import type { EffectClass } from './effect.ts';
import type { ToolId } from './ids.ts';
import type { Confidentiality } from './label.ts';
import type { Money } from './money.ts';

export type Risk = 'low' | 'medium' | 'high';

/** How a tool is reached. */
export type ToolCall =
  /** An HTTP request to a named system; `path` may hold `{name}` parts, filled from the arguments. */
  | {
      readonly kind: 'http';
      readonly system: string;
      readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
      readonly path: string;
    }
  /** A new Event of this type, admitted as any other; the permit's id is its dedupe key. */
  | { readonly kind: 'publish'; readonly type: string }
  /** A function in this process. `key` is the permit's id. */
  | { readonly kind: 'local'; perform(input: unknown, key: string): unknown };

/** Something that can be called: schemas, effect class, risk, labels. `I` and `O` are what it takes and gives. */
export interface Tool<I = unknown, O = unknown> {
  readonly name: ToolId;
  readonly description: string;
  readonly input: z.ZodType<I>;
  readonly output: z.ZodType<O>;
  readonly effect: EffectClass;
  readonly risk: Risk;
  /** How closely held its results are. */
  readonly reads: Confidentiality;
  /** The most closely held data that may be sent to it: the clearance of this sink. */
  readonly sends: Confidentiality;
  /** True when what is sent leaves the enterprise. */
  readonly external: boolean;
  readonly timeoutMs: number;
  /** How many calls may be under way at once. */
  readonly concurrency: number;
  readonly call: ToolCall;
  /** E2: how to ask later, by our reference (`{reference}` in the path), whether it happened. 404 means it did not. */
  readonly lookup: ToolCall | null;
  /** Name of the tool that undoes it, called with its result. */
  readonly compensate: ToolId | null;
  /** What is at stake in money. */
  amount?(input: I): Money;
  /** What it acts on, matched against the capability's resources. */
  resource?(input: I): string;
  /** How to ask for the version of what it acts on, so that an approval holds for that version only. Null: it cannot be asked. */
  readonly revision: ToolCall | null;
  /** The most that one call may cost, by measure (`tokens`, `money:EUR`, ...), beside its amount. */
  cost?(input: I): Readonly<Record<string, number>>;
  /** What a call did cost, read from its result; at most what `cost` said, else it is reported. */
  spent?(output: O): Readonly<Record<string, number>>;
  /** Digest of the whole definition; an agent is bound to the definition that it knew. */
  readonly digest: Digest;
}

/** The right of one agent to use one tool on some resources within limits. */
export interface Capability {
  readonly tool: Tool;
  /** The largest amount in one call; above it a person decides. Null: the tool moves no money. */
  readonly upTo: Money | null;
  /** Prefixes of the resources it may touch; empty means any. */
  readonly resources: readonly string[];
}

/** A tool with arguments that its schema accepts, as an agent's code asks for it. */
export interface Proposal {
  readonly tool: Tool;
  readonly arguments: unknown;
  readonly why: string;
}
