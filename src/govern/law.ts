import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  policySetTextToParts,
  policyToJson,
  preparsePolicySet,
  preparseSchema,
  validate,
  type DetailedError,
} from '@cedar-policy/cedar-wasm/nodejs';
import { findAmountRegions, type AmountRegions } from './amount-regions.ts';
import { NO_RULES, parseRules, ruleOf, type Rules } from './approval/rules.ts';
import { findTimeRegions, type TimeRegions } from './time-regions.ts';
import { digest, GiveUp, messageOf, Misuse, type Digest } from '../vocabulary/index.ts';

/** A set of policies in force: parsed, validated against its schema, with a digest that verdicts name. */
export interface Law {
  readonly digest: Digest;
  readonly policies: ReadonlyMap<string, Policy>;
  readonly schemaText: string;
  /** Who answers for what, and how: the approval rules that the policies name. */
  readonly rules: Rules;
  /** What these policies can tell apart about an amount. */
  readonly amounts: AmountRegions;
  /** And about the time. */
  readonly times: TimeRegions;
  /** Slot in the Cedar module where the parsed set lies. Slots cannot be freed, so there are few and they are used again. */
  readonly slot: LawSlot;
}

export type LawSlot = 'active' | 'candidate';

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

/** The policies that ship with Reeve. */
export const SHIPPED_POLICIES = new URL('./policies/', import.meta.url).pathname;

/**
 * Reads `*.cedar` and the one `*.cedarschema` of a folder and makes them ready in `slot`.
 *
 * INVARIANT (default-deny): there is no law without policies; the platform does not start without one.
 *
 * @throws GiveUp `no-policies` when there are none. Misuse `bad-policy` naming every fault: syntax, schema, a missing or
 * doubled `@id`, a permit that asks for approval.
 */
export function loadLaw(folder: string = SHIPPED_POLICIES, slot: LawSlot = 'active'): Law {
  const { policyText, schemaText, rulesText } = readFolder(folder);
  return parseLaw(policyText, schemaText, slot, rulesText);
}

/** As {@link loadLaw}, for policies that are text already. */
export function parseLaw(policyText: string, schemaText: string, slot: LawSlot, rulesText: string | null = null): Law {
  const rules = rulesText === null ? NO_RULES : parseRules(rulesText);
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
  const schemaAnswer = preparseSchema(slot, schemaText);
  if (schemaAnswer.type === 'failure') throw bad(schemaAnswer.errors);
  const answer = preparsePolicySet(slot, { staticPolicies });
  if (answer.type === 'failure') throw bad(answer.errors);
  return {
    digest: digest({ policies: staticPolicies, schema: schemaText, ...(rules !== NO_RULES && { rules }) }),
    policies,
    schemaText,
    rules,
    amounts: findAmountRegions(conditions),
    times: findTimeRegions(conditions),
    slot,
  };
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

function readFolder(folder: string): { policyText: string; schemaText: string; rulesText: string | null } {
  let names: string[];
  try {
    names = readdirSync(folder).sort();
  } catch (cause) {
    throw new GiveUp('no-policies', `cannot read policies from \`${folder}\`: ${messageOf(cause)}`, { cause });
  }
  const read = (ending: string) =>
    names.filter((name) => name.endsWith(ending)).map((name) => readFileSync(join(folder, name), 'utf8'));
  const schemas = read('.cedarschema');
  const policies = read('.cedar');
  if (policies.join('').trim() === '') {
    throw new GiveUp('no-policies', `there are no policies in \`${folder}\`, so nothing could be permitted`, {
      fix: 'put at least one .cedar file there',
    });
  }
  const [schemaText] = schemas;
  if (schemaText === undefined || schemas.length > 1) {
    throw new Misuse('bad-policy', `\`${folder}\` needs exactly one .cedarschema file, it has ${schemas.length}`);
  }
  const [rulesText = null] = names.includes('rules.json') ? [readFileSync(join(folder, 'rules.json'), 'utf8')] : [];
  return { policyText: policies.join('\n'), schemaText, rulesText };
}

function bad(errors: readonly DetailedError[]): Misuse {
  return new Misuse('bad-policy', errors.map(({ message }) => message).join('; '));
}
