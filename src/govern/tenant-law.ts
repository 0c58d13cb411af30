import { policySetTextToParts, policyToJson } from '@cedar-policy/cedar-wasm/nodejs';
import { Misuse, type TenantId } from '../vocabulary/index.ts';
import { refuseUnbounded } from './bounded-text.ts';
import { assembleLaw, type Law, type LawSlot } from './law.ts';

/** A few policies of one tenant; every one makes each of its judgements 5 µs dearer. */
const MOST_POLICIES = 50;
const MOST_TEXT = 50_000;

/**
 * The law of one tenant: the base set and what the tenant forbids beyond it, judged together. A set of its own for each tenant,
 * so that what one writes can neither slow nor break the judging of another.
 *
 * INVARIANT (tenants-only-tighten): a tenant's policies are forbids under names that the base does not use. Cedar allows only
 * what no forbid meets, so whatever this law permits the base permits, on the same approvals.
 *
 * @throws Misuse `bad-policy` for a permit, a template, a name that the base uses, more than 50 policies, and all that a base set
 * may not be either.
 */
export function tightenedBy(base: Law, tenant: TenantId, text: string): Law {
  const extra = readForbids(text, base);
  if (extra.length === 0) return base;
  const whole = [...[...base.policies.values()].map((policy) => policy.text), ...extra].join('\n\n');
  return assembleLaw(whole, base.schemaText, slotFor(base.slot, tenant), base.rules);
}

/** Which of a tenant's policies are new, changed or gone, by id. What is changed or gone may have weakened its law. */
export function tenantDifference(
  before: string,
  after: string,
): { readonly added: readonly string[]; readonly changed: readonly string[]; readonly gone: readonly string[] } {
  const was = new Map(partsOf(before).map(({ id, text }) => [id, text]));
  const is = new Map(partsOf(after).map(({ id, text }) => [id, text]));
  return {
    added: [...is.keys()].filter((id) => !was.has(id)).sort(),
    changed: [...is].flatMap(([id, text]) => (was.has(id) && was.get(id) !== text ? [id] : [])).sort(),
    gone: [...was.keys()].filter((id) => !is.has(id)).sort(),
  };
}

function readForbids(text: string, { policies }: Law): readonly string[] {
  if (text.length > MOST_TEXT) {
    throw new Misuse('bad-policy', `a tenant's policies are at most ${MOST_TEXT} characters, not ${text.length}`);
  }
  const parts = partsOf(text);
  if (parts.length > MOST_POLICIES) {
    throw new Misuse('bad-policy', `a tenant has at most ${MOST_POLICIES} policies, not ${parts.length}`);
  }
  for (const { id, effect } of parts) {
    if (effect !== 'forbid') {
      throw new Misuse('bad-policy', `\`${id}\` permits: a tenant may only forbid more than the base set does`);
    }
    if (policies.has(id)) {
      throw new Misuse('bad-policy', `\`${id}\` is the name of a policy of the base set, which a tenant cannot change`);
    }
  }
  return parts.map((part) => part.text);
}

function partsOf(text: string): readonly { readonly id: string; readonly effect: string; readonly text: string }[] {
  if (text.trim() === '') return [];
  refuseUnbounded(text, 'policies');
  const parts = policySetTextToParts(text);
  if (parts.type === 'failure') throw new Misuse('bad-policy', parts.errors.map(({ message }) => message).join('; '));
  if (parts.policy_templates.length > 0) throw new Misuse('bad-policy', 'templates are not used: grants are data');
  return parts.policies.map((part) => {
    const parsed = policyToJson(part);
    if (parsed.type === 'failure')
      throw new Misuse('bad-policy', parsed.errors.map(({ message }) => message).join('; '));
    const { effect, annotations } = parsed.json;
    return { id: (annotations as Record<string, string> | undefined)?.['id'] ?? '', effect, text: part };
  });
}

function slotFor(base: LawSlot, tenant: TenantId): LawSlot {
  if (base === 'active') return `tenant ${tenant}`;
  return base === 'beside' ? `beside ${tenant}` : 'candidate';
}
