import type { z } from 'zod';
import {
  AUTONOMY_LEVELS,
  digest,
  joinLabels,
  Misuse,
  type Agent,
  type AgentId,
  type AutonomyLevel,
  type Capability,
  type DecisionTemplate,
  type Event,
  type Label,
  type Perception,
  type Proposal,
  type Recall,
  type Situation,
  type TenantId,
} from '../vocabulary/index.ts';
import { schemaOf } from './tool.ts';

type FactsOf<R> = { readonly [K in keyof R]: R[K] extends Recall<never, infer F> ? F : never };

/** What a user writes of an agent. `T` is the event's data, `R` what it recalls, `I` and `O` the table's input and output. */
export interface AgentOptions<T, R extends Record<string, Recall<never>>, I, O> {
  readonly purpose: string;
  readonly owner: string;
  readonly tenant: string;
  /** Defaults to the agent's name up to the first dot. */
  readonly role?: string;
  /** Defaults to what follows the first dot of the name, or `all`. */
  readonly unit?: string;
  /** Last day of its mandate, `YYYY-MM-DD`. */
  readonly expires: string;
  readonly perceive: Perception<T>;
  readonly recall?: R;
  readonly reason: DecisionTemplate<I, O>;
  given(situation: Situation<T, FactsOf<R>>): NoInfer<I>;
  propose(situation: Situation<T, FactsOf<R>> & { readonly decided: NoInfer<O> }): readonly Proposal[];
  readonly act: readonly Capability[];
  readonly autonomy: { readonly default: AutonomyLevel } & Readonly<Record<string, AutonomyLevel>>;
}

const NAME = /^[a-z][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)?$/;

/**
 * Defines an agent: `role` or `role.unit`. Its version is the digest of everything it is made of, functions by source text.
 *
 * @throws Misuse `bad-fleet` for a malformed name, date or autonomy level, or a tool granted twice.
 */
export function agent<T, R extends Record<string, Recall<never>> = Record<never, never>, I = unknown, O = unknown>(
  name: string,
  options: AgentOptions<T, R, I, O>,
): Agent {
  if (!NAME.test(name)) throw new Misuse('bad-fleet', `agent name \`${name}\` is not of the form \`role.unit\``);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(options.expires)) {
    throw new Misuse('bad-fleet', `agent \`${name}\`: \`expires\` is not a date like \`2027-12-31\``);
  }
  for (const level of Object.values(options.autonomy)) {
    if (!AUTONOMY_LEVELS.includes(level))
      throw new Misuse('bad-fleet', `agent \`${name}\`: no autonomy level \`${level}\``);
  }
  const granted = options.act.map(({ tool }) => tool.name);
  const twice = granted.find((tool, i) => granted.indexOf(tool) !== i);
  if (twice !== undefined) throw new Misuse('bad-fleet', `agent \`${name}\` is granted \`${twice}\` twice`);

  const [role = name, unit = 'all'] = name.split('.');
  const recall = options.recall ?? ({} as R);
  return {
    name: name as AgentId,
    tenant: options.tenant as TenantId,
    role: options.role ?? role,
    unit: options.unit ?? unit,
    purpose: options.purpose,
    owner: options.owner,
    expires: options.expires,
    perceive: options.perceive as Perception,
    recall: recall as unknown as Readonly<Record<string, Recall>>,
    reason: options.reason as DecisionTemplate,
    given: options.given as Agent['given'],
    propose: options.propose as Agent['propose'],
    act: options.act,
    autonomy: options.autonomy,
    version: manifestDigest(name, options, recall),
  };
}

/** `on('claim.approved', Claim)`: the events an agent works on, optionally only those of its unit. */
export function on<T>(type: string, schema: z.ZodType<T>, where?: (data: T) => boolean): Perception<T> {
  return { type, schema, ...(where && { where }) };
}

/** Recalls the earlier events of the same subject, oldest first, those of `types` only if given. */
export function history(...types: readonly string[]): Recall<unknown, readonly Event[]> {
  return {
    async fetch({ history: earlier }) {
      const events = await earlier();
      return types.length === 0 ? events : events.filter((event) => types.includes(event.type));
    },
    label: (own) => own,
    made: ['history', ...types],
  };
}

/** A fact computed from the event alone. Pure. */
export function derive<T, F>(compute: (event: Event<T>) => F): Recall<T, F> {
  return { fetch: ({ event }) => compute(event), label: (event) => event, made: ['derive', compute.toString()] };
}

/** A fact from reference data that people keep: looked up for the event, trusted, with its own origin. */
export function reference<T, F>(
  origin: string,
  look: (event: Event<T>) => F | Promise<F>,
  confidentiality: Label['confidentiality'] = 'internal',
): Recall<T, F> {
  const own: Label = { integrity: 'trusted', confidentiality, origins: [origin] };
  return {
    fetch: ({ event }) => look(event),
    label: (given) => joinLabels(given, own),
    made: ['reference', origin, confidentiality, look.toString()],
  };
}

function manifestDigest<T, R extends Record<string, Recall<never>>, I, O>(
  name: string,
  options: AgentOptions<T, R, I, O>,
  recall: R,
) {
  return digest({
    name,
    role: options.role,
    unit: options.unit,
    tenant: options.tenant,
    purpose: options.purpose,
    owner: options.owner,
    expires: options.expires,
    perceive: {
      type: options.perceive.type,
      schema: schemaOf(options.perceive.schema),
      where: options.perceive.where?.toString(),
    },
    recall: Object.fromEntries(
      Object.entries(recall).map(([fact, { fetch, label, made }]) => [
        fact,
        { fetch: fetch.toString(), label: label.toString(), made },
      ]),
    ),
    reason: options.reason.version,
    given: options.given.toString(),
    propose: options.propose.toString(),
    act: options.act.map(({ tool, upTo, resources }) => ({ tool: tool.name, digest: tool.digest, upTo, resources })),
    autonomy: options.autonomy,
  });
}
