import { z } from 'zod';
import {
  canonical,
  digest,
  Misuse,
  type Capability,
  type Confidentiality,
  type Digest,
  type EffectClass,
  type Money,
  type Proposal,
  type Risk,
  type Tool,
  type ToolCall,
  type ToolId,
} from '../vocabulary/index.ts';

/** What a user writes of a tool. */
export interface ToolOptions<I, O> {
  readonly description: string;
  readonly input: z.ZodType<I>;
  readonly output: z.ZodType<O>;
  readonly effect: EffectClass;
  readonly call: ToolCall;
  /** Needed for `E2`: asks by our reference whether it happened. */
  readonly lookup?: ToolCall;
  /** The tool that undoes it. */
  readonly compensate?: { readonly name: ToolId };
  readonly risk?: Risk;
  readonly reads?: Confidentiality;
  readonly sends?: Confidentiality;
  readonly external?: boolean;
  readonly timeoutMs?: number;
  readonly concurrency?: number;
  amount?(input: I): Money;
  resource?(input: I): string;
  /** Asks for the version of what it acts on: an HTTP GET, whose `ETag` or whole answer is the version, or a function. */
  readonly revision?: ToolCall;
  cost?(input: I): Readonly<Record<string, number>>;
  spent?(output: O): Readonly<Record<string, number>>;
}

/** A tool, with the ways to grant and to use it. */
export interface DefinedTool<I, O> extends Tool<I, O> {
  /** Grants calls up to this amount; above it a person decides. */
  upTo(limit: Money): Capability;
  /** Grants calls on resources that begin with one of these. */
  on(...resources: readonly string[]): Capability;
  /** The right to use it without a limit of its own. */
  readonly granted: Capability;
  /** A wish to use it, for `propose`. */
  with(input: I, why: string): Proposal;
}

const NAME = /^[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)+$/;

/**
 * Defines a tool. `name` is `system.verb`, lower case.
 *
 * @throws Misuse `bad-fleet` when the name is malformed or an `E2` tool has no `lookup`.
 */
export function tool<I, O>(name: string, options: ToolOptions<I, O>): DefinedTool<I, O> {
  if (!NAME.test(name)) throw new Misuse('bad-fleet', `tool name \`${name}\` is not of the form \`system.verb\``);
  if (options.effect === 'E2' && options.lookup === undefined) {
    throw new Misuse('bad-fleet', `tool \`${name}\` is E2 but has no \`lookup\``, {
      fix: 'say how to ask by reference whether it happened, or declare it E3',
    });
  }
  const plain = {
    description: options.description,
    effect: options.effect,
    risk: options.risk ?? 'low',
    reads: options.reads ?? 'internal',
    sends: options.sends ?? 'internal',
    external: options.external ?? false,
    timeoutMs: options.timeoutMs ?? 10_000,
    concurrency: options.concurrency ?? 64,
    lookup: options.lookup ?? null,
    compensate: options.compensate?.name ?? null,
  } as const;
  const defined: DefinedTool<I, O> = {
    ...plain,
    name: name as ToolId,
    input: options.input,
    output: options.output,
    call: options.call,
    ...(options.amount && { amount: options.amount }),
    ...(options.resource && { resource: options.resource }),
    revision: options.revision ?? null,
    ...(options.cost && { cost: options.cost }),
    ...(options.spent && { spent: options.spent }),
    digest: definitionDigest(name, plain, options),
    upTo: (limit) => ({ tool: defined, upTo: limit, resources: [] }),
    on: (...resources) => ({ tool: defined, upTo: null, resources }),
    get granted() {
      return { tool: defined, upTo: null, resources: [] };
    },
    with: (input, why) => ({ tool: defined, arguments: input, why }),
  };
  return defined;
}

/** `http('erp', 'POST /proposals')`: a request to a named system. */
export function http(system: string, request: string): ToolCall {
  const [, method, path] = /^(GET|POST|PUT|DELETE) (\/\S*)$/.exec(request) ?? [];
  if (method === undefined || path === undefined) {
    throw new Misuse('bad-fleet', `\`${request}\` is not of the form \`POST /path\``);
  }
  return { kind: 'http', system, method: method as 'GET', path };
}

/** A tool that publishes a new event, which other agents may be waiting for. The arguments are the event's data. */
export function publish<I extends { readonly subject: string }>(
  type: string,
  options: { readonly description: string; readonly data: z.ZodType<I> },
): DefinedTool<I, { readonly event: string }> {
  return tool(`events.${type.replaceAll('.', '-')}`, {
    description: options.description,
    input: options.data,
    output: z.object({ event: z.string() }),
    effect: 'E1',
    resource: (data) => data.subject,
    // It stays inside the platform, and the event carries the label of what it was made from.
    sends: 'restricted',
    call: { kind: 'publish', type },
  });
}

function definitionDigest<I, O>(name: string, plain: object, options: ToolOptions<I, O>): Digest {
  return digest({
    name,
    ...plain,
    input: schemaOf(options.input),
    output: schemaOf(options.output),
    call: described(options.call),
    lookup: options.lookup === undefined ? null : described(options.lookup),
    amount: options.amount?.toString(),
    resource: options.resource?.toString(),
    ...(options.revision && { revision: described(options.revision) }),
    ...(options.cost && { cost: options.cost.toString() }),
    ...(options.spent && { spent: options.spent.toString() }),
  });
}

/** A call as data: a function by its source text. */
function described(call: ToolCall): object {
  return call.kind === 'local' ? { kind: 'local', source: call.perform.toString() } : call;
}

/** A schema's JSON Schema, as canonical data for a digest. */
export function schemaOf(schema: z.ZodType): unknown {
  return JSON.parse(
    canonical(JSON.parse(JSON.stringify(z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' })))),
  );
}
