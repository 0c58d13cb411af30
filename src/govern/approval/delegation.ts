import { z } from 'zod';
import type { FaultCode, PersonId, TenantId } from '../../vocabulary/index.ts';

const DAY = 86_400_000;
/** Longest that approver names are lent, in days. */
export const MOST_DAYS = 90;
/** Own names are lent at depth 1; lent ones are passed on at depth 2, and no further. */
export const MOST_DEPTH = 2;

/** Somebody lends approver names to somebody else: who answers then answers for them. */
export const Delegation = z.strictObject({
  from: z.string().min(1),
  to: z.string().min(1),
  tenant: z.string().min(1),
  names: z.array(z.string().min(1).max(64)).min(1).max(50),
  /** Milliseconds since the epoch. */
  until: z.int().min(0),
  reason: z.string().trim().min(1).max(1_000),
  depth: z.int().min(1).max(MOST_DEPTH),
});
export type Delegation = Readonly<
  Omit<z.infer<typeof Delegation>, 'from' | 'to' | 'tenant'> & { from: PersonId; to: PersonId; tenant: TenantId }
>;

/** The approver names that somebody bears themselves in a tenant. */
export type NamesOf = (person: PersonId, tenant: TenantId) => readonly string[];

/** For whom somebody may answer, and as what. */
export interface Lent {
  readonly tenant: TenantId;
  /** Whose names they are. */
  readonly person: PersonId;
  readonly names: readonly string[];
  /** Who passed them on, when they were passed on. */
  readonly through: readonly PersonId[];
}

/**
 * Whether somebody may lend these names: at most 90 days, their own or ones that were lent to them, the latter never for longer
 * than they have them, and never in a ring.
 *
 * @param existing every delegation that has not been taken back; those that are over are passed over
 */
export function checkDelegation(
  wanted: Omit<Delegation, 'depth'>,
  existing: readonly Delegation[],
  namesOf: NamesOf,
  now: number,
):
  | { readonly ok: true; readonly delegation: Delegation }
  | { readonly ok: false; readonly code: FaultCode; readonly why: string } {
  const no = (why: string, code: FaultCode = 'bad-request') => ({ ok: false, code, why }) as const;
  const { from, to, tenant, names, until } = wanted;
  if (from === to) return no('nobody delegates to themselves');
  if (until <= now) return no('it would be over before it begins');
  if (until > now + MOST_DAYS * DAY) return no(`a delegation lasts at most ${MOST_DAYS} days`);
  const running = existing.filter((one) => one.tenant === tenant && one.until > now);
  if (reaches(to, from, running))
    return no(`\`${to}\` has delegated to \`${from}\`, straight or by others: that would be a ring`);
  const own = namesOf(from, tenant);
  const passedOn = names.filter((name) => !own.includes(name));
  if (passedOn.length === 0) return { ok: true, delegation: { ...wanted, depth: 1 } };

  const firstHand = running.filter((one) => one.to === from && one.depth === 1);
  for (const name of passedOn) {
    const given = firstHand.filter((one) => one.names.includes(name) && namesOf(one.from, tenant).includes(name));
    if (given.length === 0) {
      const further = running.some((one) => one.to === from && one.names.includes(name));
      return further
        ? no(`\`${name}\` was passed on to them already: it goes no further`, 'forbidden')
        : no(`they do not bear \`${name}\`, and nobody has lent it to them`, 'forbidden');
    }
    if (given.every((one) => one.until < until))
      return no(`they have \`${name}\` for a shorter time than that`, 'forbidden');
  }
  return { ok: true, delegation: { ...wanted, depth: 2 } };
}

/**
 * For whom somebody may answer now. What was lent counts as far as the lender still has it: a delegation ends with the name, and
 * one that passes on ends with the one it came by.
 */
export function delegatorsOf(
  person: PersonId,
  delegations: readonly Delegation[],
  namesOf: NamesOf,
  now: number,
): readonly Lent[] {
  const running = delegations.filter(({ until }) => until > now);
  const lent: Lent[] = [];
  for (const last of running.filter(({ to }) => to === person)) {
    const { tenant, from } = last;
    const own = last.names.filter((name) => namesOf(from, tenant).includes(name));
    if (own.length > 0) lent.push({ tenant, person: from, names: own, through: [] });
    if (last.depth < 2) continue;
    for (const first of running) {
      if (first.to !== from || first.tenant !== tenant || first.depth !== 1) continue;
      const names = last.names.filter(
        (name) => first.names.includes(name) && namesOf(first.from, tenant).includes(name),
      );
      // Back at its owner: they answer for themselves.
      if (names.length > 0 && first.from !== person) lent.push({ tenant, person: first.from, names, through: [from] });
    }
  }
  return lent;
}

/** Whether `from` has lent to `to`, straight or by others. */
function reaches(from: PersonId, to: PersonId, delegations: readonly Delegation[]): boolean {
  const seen = new Set<PersonId>([from]);
  for (const person of seen) {
    for (const one of delegations) if (one.from === person) seen.add(one.to);
  }
  return seen.has(to);
}
