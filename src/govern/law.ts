import {
  policySetTextToParts,
  policyToJson,
  preparsePolicySet,
  preparseSchema,
  validate,
  type DetailedError,
} from '@cedar-policy/cedar-wasm/nodejs';
import { findAmountRegions, type AmountRegions } from './amount-regions.ts';
import { boundsOf } from './bounds.ts';
import { NO_RULES, parseRules, ruleOf, type Rules } from './approval/rules.ts';
import { readPolicySet, SHIPPED_POLICIES } from './policy-set.ts';
import { refuseUnbounded } from './bounded-text.ts';
import { findTimeRegions, type TimeRegions } from './time-regions.ts';
import { digest, GiveUp, Misuse, type Digest } from '../vocabulary/index.ts';

/** A set of policies in force: parsed, validated against its schema, with a digest that verdicts name. */
export interface Law {
  /** Of policies, schema and approval rules. */
  readonly digest: Digest;
  readonly policies: ReadonlyMap<string, Policy>;
  readonly schemaText: string;
  /** Who answers for what, and how: the approval rules that the policies name. */
  readonly rules: Rules;
  /** Numbers that policies compare these with, in order: where a verdict may become another one. */
  readonly thresholds: { readonly amountMinor: readonly number[]; readonly depth: readonly number[] };
  /** What these policies can tell apart about an amount. */
  readonly amounts: AmountRegions;
  /** And about the time. */
  readonly times: TimeRegions;
  /** Slot in the Cedar module where the parsed set lies, unless another law has taken it since: ask {@link slotOf}. */
  readonly slot: LawSlot;
  /** Null, or why nothing can be judged by it: then everything is refused. */
  readonly fault: string | null;
}

/**
 * By what it is used for: in force, tried, beside the law in force, or for one tenant. Slots cannot be freed, only used again
 * (measured: 500 sets one after the other in one slot, 3 MB; a slot holds about 90 KB), so there are no more than uses.
 */
export type LawSlot = 'active' | 'candidate' | 'beside' | `tenant ${string}` | `beside ${string}`;

export interface Policy {
  readonly id: string;
  readonly effect: 'permit' | 'forbid';
  readonly why: string;
  readonly text: string;
  /** Set when people may lift this forbid for one exact intent. */
  readonly approval: { readonly role: string; readonly expiresInSeconds: number } | null;
  /** Name of the approval rule in `rules.json`; null when its annotations alone say who answers. */
  readonly rule: string | null;
}

/**
 * Reads `*.cedar`, the one `*.cedarschema` and `rules.json` of a folder and makes them ready in `slot`.
 *
 * INVARIANT (default-deny): there is no law without policies; the platform does not start without one.
 *
 * @throws GiveUp `no-policies` when there are none. Misuse `bad-policy` naming every fault: syntax, schema, a missing or
 * doubled `@id`, a permit that asks for approval, an approval rule that is malformed or missing.
 */
export function loadLaw(folder: string = SHIPPED_POLICIES, slot: LawSlot = 'active'): Law {
  const { policies, schema, rules } = readPolicySet(folder);
  return parseLaw(policies, schema, slot, rules);
}

/** As {@link loadLaw}, for policies that are text already. @param rulesText of `rules.json`; empty when there is none. */
export function parseLaw(policyText: string, schemaText: string, slot: LawSlot, rulesText = ''): Law {
  return assembleLaw(policyText, schemaText, slot, rulesText === '' ? NO_RULES : parseRules(rulesText));
}

/** As {@link parseLaw}, with approval rules that are parsed already. */
export function assembleLaw(policyText: string, schemaText: string, slot: LawSlot, rules: Rules): Law {
  refuseUnbounded(policyText, 'policies');
  refuseUnbounded(schemaText, 'schema');
  const parts = policySetTextToParts(policyText);
  if (parts.type === 'failure') throw bad(parts.errors);
  if (parts.policy_templates.length > 0) throw new Misuse('bad-policy', 'templates are not used: grants are data');
  if (parts.policies.length === 0)
    throw new GiveUp('no-policies', 'there are no policies, so nothing could be permitted');

  const policies = new Map<string, Policy>();
  const conditions: unknown[] = [];
  for (const text of parts.policies) {
    const { policy, condition } = readPolicy(text);
    conditions.push(condition);
    if (policies.has(policy.id)) throw new Misuse('bad-policy', `two policies have the id \`${policy.id}\``);
    policies.set(policy.id, policy);
    // A rule that is not there is found now and not when somebody has to answer.
    if (policy.approval !== null) ruleOf(policy, rules);
  }
  const staticPolicies = Object.fromEntries([...policies].map(([id, { text }]) => [id, text]));
  const checked = validate({ schema: schemaText, policies: { staticPolicies } });
  if (checked.type === 'failure') throw bad(checked.errors);
  const faults = [...checked.validationErrors, ...checked.validationWarnings];
  if (faults.length > 0) {
    throw new Misuse('bad-policy', faults.map(({ policyId, error }) => `\`${policyId}\`: ${error.message}`).join('; '));
  }
  const law: Law = {
    digest: digest({ policies: staticPolicies, schema: schemaText, rules }),
    policies,
    schemaText,
    rules,
    thresholds: {
      amountMinor: boundsOf(conditions, 'amountMinor', 'limitMinor') ?? [],
      depth: boundsOf(conditions, 'depth', null) ?? [],
    },
    amounts: findAmountRegions(conditions),
    times: findTimeRegions(conditions),
    slot,
    fault: null,
  };
  slotOf(law);
  return law;
}

/** A law by which everything is refused: what stands in the place of one that cannot be trusted or read. */
export function noLaw(fault: string): Law {
  const never = { coarse: true, keyOf: () => '' };
  return {
    digest: digest({ fault }),
    policies: new Map(),
    schemaText: '',
    rules: NO_RULES,
    thresholds: { amountMinor: [], depth: [] },
    amounts: never,
    times: never,
    slot: 'candidate',
    fault,
  };
}

/** Which law lies in each slot. */
const holders = new Map<LawSlot, Digest>();

/** The law's slot, made ready again when another law has taken it since (4 ms for the policies that ship). */
export function slotOf({ digest: own, policies, schemaText, slot }: Law): LawSlot {
  if (holders.get(slot) === own) return slot;
  holders.delete(slot);
  const schemaAnswer = preparseSchema(slot, schemaText);
  if (schemaAnswer.type === 'failure') throw bad(schemaAnswer.errors);
  const staticPolicies = Object.fromEntries([...policies].map(([id, { text }]) => [id, text]));
  const answer = preparsePolicySet(slot, { staticPolicies });
  if (answer.type === 'failure') throw bad(answer.errors);
  holders.set(slot, own);
  return slot;
}

function readPolicy(text: string): { policy: Policy; condition: unknown } {
  const parsed = policyToJson(text);
  if (parsed.type === 'failure') throw bad(parsed.errors);
  const { effect, annotations = {} } = parsed.json;
  const { id, why, approver, expires, rule } = annotations as Record<string, string | undefined>;
  if (id === undefined || !/^[a-z][a-z0-9-]*$/.test(id)) {
    throw new Misuse('bad-policy', `a policy has no \`@id("lower-case-name")\`: ${text.slice(0, 80)}`);
  }
  if (approver !== undefined && effect === 'permit') {
    throw new Misuse('bad-policy', `\`${id}\` permits and asks for an approver: only a forbid can be lifted`);
  }
  if (rule !== undefined && approver === undefined) {
    throw new Misuse('bad-policy', `\`${id}\` names an approval rule and no \`@approver\`: say who is asked first`);
  }
  const expiresInSeconds = Number(expires ?? 86_400);
  if (!Number.isSafeInteger(expiresInSeconds) || expiresInSeconds < 1) {
    throw new Misuse('bad-policy', `\`${id}\`: \`@expires\` is a number of seconds, not \`${expires}\``);
  }
  const approval = approver === undefined ? null : { role: approver, expiresInSeconds };
  return {
    policy: { id, effect, why: why ?? '', text, approval, rule: rule ?? null },
    condition: parsed.json.conditions,
  };
}

function bad(errors: readonly DetailedError[]): Misuse {
  return new Misuse('bad-policy', errors.map(({ message }) => message).join('; '));
}
